// The load-test operator as it ships, bundled, on a real API server with the controllers that make pods of Jobs, but no
// nodes: pods are played. startMs: from spawn to watching. idleRssMB: watching, without tests. requestsPerTest: what it
// asked the API server from ten LocustTests' creation to their success. burst200Seconds: 200 tests, 400 Jobs made.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  locustTest,
  type LocustTestSpec,
  type LocustTestStatus,
} from '../../operator/api/locust-test.ts'
import { bundleLoadtest } from '../../operator/bundle.ts'
import {
  connect,
  core,
  kubeconfigCredentials,
  type Kind,
  type Kube,
} from '../../operator/framework/index.ts'
import { endPod, podsOf, runPod } from '../integration/loadtest/pods.ts'
import { logTail, startDaemon, type Daemon } from '../sandbox/machine/daemon.ts'
import { freePort } from '../sandbox/machine/ports.ts'
import { waitFor } from '../sandbox/machine/wait.ts'
import { startControlPlane } from '../sandbox/management/control-plane.ts'
import { applyFile } from '../sandbox/manifests.ts'
import type { Figures } from './index.ts'
import { metricSum, residentBytes } from './process-metrics.ts'
import { benchRoot } from './root.ts'
import { megabytes, say, seconds } from './say.ts'

const testKind: Kind<LocustTestSpec, LocustTestStatus> = locustTest
const namespace = 'default'
/** As the chart starts it: memory before speed. */
const flags = ['--lite-mode', '--max-semi-space-size=1']
const counted = 10
const burst = 200

export async function measureLoadtest(): Promise<Figures[]> {
  await using end = new AsyncDisposableStack()
  const { path: root } = end.use(await benchRoot())
  const plane = await startControlPlane({ root, name: 'plane', controllerManager: true })
  end.defer(() => plane.stop())
  const kube = connect(kubeconfigCredentials(plane.kubeconfig))
  end.defer(() => kube.close())
  for (const kind of ['locusttests', 'locustschedules']) await applyFile(kube, `crds/${kind}.yaml`)
  await waitFor(() => kube.list(testKind).catch(() => undefined), {
    what: 'LocustTests are served',
    timeoutMs: 20_000,
  })
  const bundle = join(root, 'loadtest.mjs')
  await bundleLoadtest(bundle)
  const kubeconfig = join(root, 'kubeconfig')
  await writeFile(kubeconfig, plane.kubeconfig, { mode: 0o600 })
  const operator = await startOperator({ root, bundle, kubeconfig })
  end.defer(() => operator.daemon.stop())
  await sleep(3_000) // idle is idle: what the start left has been collected or never will be
  const idle = await residentBytes(operator.daemon.pid)
  const before = await metricSum(operator.port, 'kube_requests_total')
  for (let i = 0; i < counted; i += 1) await playTest(kube, `counted-${i}`)
  const requests = (await metricSum(operator.port, 'kube_requests_total')) - before
  return [
    {
      name: 'loadtest',
      startMs: operator.startMs,
      idleRssMB: megabytes(idle.now),
      requestsPerTest: requests / counted,
      burst200Seconds: await timeBurst(kube),
    },
  ]
}

async function startOperator(o: { root: string; bundle: string; kubeconfig: string }) {
  const port = await freePort()
  const env = { KUBECONFIG: o.kubeconfig, HEALTH_PORT: String(port), HEALTH_HOST: '127.0.0.1' }
  const start = async (name: string) => {
    const startedAt = Date.now()
    const command = process.execPath
    const daemon = startDaemon({ root: o.root, name, command, args: [...flags, o.bundle], env })
    const at = await waitFor(() => workingAt(daemon), {
      what: 'the load-test operator watches',
      timeoutMs: 30_000,
      explain: () => logTail(daemon.log),
    })
    return { daemon, startMs: at - startedAt }
  }
  const times: number[] = []
  for (const round of [1, 2, 3, 4]) {
    const { daemon, startMs } = await start(`start-${round}`)
    await daemon.stop()
    times.push(startMs)
  }
  say(`starts: ${times.join(', ')} ms`)
  const { daemon } = await start('operator')
  const startMs = times.sort((a, b) => a - b)[1] ?? Number.NaN
  return { daemon, port, startMs }
}

/** The time that the operator itself logs when its caches are full and handlers begin. */
async function workingAt(daemon: Daemon): Promise<number | undefined> {
  if (!daemon.alive()) throw new Error(logTail(daemon.log))
  const lines = (await readFile(daemon.log, 'utf8')).split('\n')
  const line = lines.find((text) => text.includes('"msg":"working"'))
  return line === undefined ? undefined : (JSON.parse(line) as { time: number }).time // pino's
}

const spec: LocustTestSpec = {
  image: 'docker.io/locustio/locust:2.47.0',
  master: { command: '-f /lotest/src/locustfile.py --host http://shop' },
  worker: { command: '-f /lotest/src/locustfile.py', replicas: 2 },
}

const createTest = (kube: Kube, name: string) =>
  kube.create(testKind, { metadata: { name, namespace }, spec })

/** Both Jobs' pods run, then the master ends well. */
async function playTest(kube: Kube, name: string): Promise<void> {
  await createTest(kube, name)
  const until = <T>(what: string, probe: () => Promise<T | undefined | false>) =>
    waitFor(probe, { what: `${name}: ${what}`, timeoutMs: 60_000 })
  const [master, worker] = [`${name}-master`, `${name}-worker`]
  const podsFor = (job: string, count: number) =>
    until(`pods of ${job}`, async () => {
      const pods = await podsOf(kube, namespace, job)
      return pods.length === count && pods
    })
  const [masterPod] = await podsFor(master, 1)
  const workerPods = await podsFor(worker, 2)
  if (!masterPod) throw new Error(`${name}: no master`)
  await runPod(kube, masterPod, master)
  for (const pod of workerPods) await runPod(kube, pod, worker)
  const phase = async () => (await kube.get(testKind, name, namespace))?.status?.phase
  await until('Running', async () => (await phase()) === 'Running')
  await endPod(kube, masterPod, master, 0)
  await until('Succeeded', async () => (await phase()) === 'Succeeded')
}

async function timeBurst(kube: Kube): Promise<number> {
  const startedAt = performance.now()
  const names = Array.from({ length: burst }, (_, i) => `burst-${i}`)
  await Promise.all(names.map((name) => createTest(kube, name)))
  await waitFor(
    async () => {
      const { items } = await kube.list(core.job, { namespace })
      return items.filter(({ metadata }) => metadata.name.startsWith('burst-')).length === 2 * burst
    },
    { what: `${2 * burst} Jobs`, timeoutMs: 180_000, everyMs: 200 },
  )
  return seconds(performance.now() - startedAt)
}

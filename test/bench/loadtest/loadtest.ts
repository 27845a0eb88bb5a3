// The load-test operator as it ships, bundled, on a real API server with the controllers that make pods of Jobs, but no
// nodes: pods are played. startMs: from spawn to watching. idleRssMB: watching, without tests. requestsPerTest: what it
// asked the API server about ten LocustTests and their objects, from creation to the end, by the audit log; reading a
// master's statistics and log is left aside. burst200Seconds: 200 tests, 400 Jobs made.
// PEER_LOCUST_OPERATOR names the program of locust-k8s-operator to be measured in the same way, on an API server of its
// own; PEER_LOCUST_CRD names its CRD if ours shall not serve it. Neither serves webhooks or elects a leader here.
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { locustTest } from '../../../operator/api/locust/locust-test.ts'
import type { LocustTestSpec, LocustTestStatus } from '../../../operator/api/locust/locust-types.ts'
import {
  connect,
  core,
  kubeconfigCredentials,
  type Kind,
  type Kube,
} from '../../../operator/framework/index.ts'
import { endPod, podsOf, runPod } from '../../support/loadtest/pods.ts'
import { logTail, startDaemon } from '../../sandbox/machine/daemon.ts'
import { freePort } from '../../sandbox/machine/ports.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { startControlPlane } from '../../sandbox/management/control-plane.ts'
import { applyFiles } from '../../sandbox/manifests.ts'
import { auditLog } from './asked-of-api.ts'
import { loadOperators, type LoadOperator } from './load-operators.ts'
import { residentBytes } from '../process-metrics.ts'
import { benchRoot } from '../root.ts'
import { megabytes, say, seconds, type Figures } from '../say.ts'

const testKind: Kind<LocustTestSpec, LocustTestStatus> = locustTest
const namespace = 'default'
const counted = 10
const burst = 200

export async function measureLoadtest(): Promise<Figures[]> {
  await using base = await benchRoot()
  const figures: Figures[] = []
  for (const which of await loadOperators(base.path)) figures.push(await measure(which, base.path))
  return figures
}

async function measure(which: LoadOperator, root: string): Promise<Figures> {
  await using end = new AsyncDisposableStack()
  const { name } = which
  const audit = await auditLog(root, name)
  const options = { root, name, controllerManager: true, apiserverArgs: audit.flags }
  const plane = await startControlPlane(options)
  end.defer(() => plane.stop())
  const kube = connect(kubeconfigCredentials(plane.kubeconfig))
  end.defer(() => kube.close())
  for (const crd of which.crds) await applyFiles(kube, crd)
  await waitFor(() => kube.list(testKind).catch(() => undefined), {
    what: 'LocustTests are served',
    timeoutMs: 20_000,
  })
  const { daemon, startMs } = await startOperator(which, root, plane.kubeconfigPath)
  end.defer(() => daemon.stop())
  await sleep(3_000) // idle is idle: what the start left has been collected or never will be
  const idle = await residentBytes(daemon.pid)
  for (let i = 0; i < counted; i += 1) await playTest(kube, `counted-${i}`)
  const asked = await waitUntilStill(() => audit.count({ agent: which.agent, names: 'counted-' }))
  return {
    name,
    startMs,
    idleRssMB: megabytes(idle.now),
    requestsPerTest: asked / counted,
    burst200Seconds: await timeBurst(kube),
  }
}

/** The last of five starts stays; the first reads its program from disk, so the second best tells. */
async function startOperator(which: LoadOperator, root: string, kubeconfig: string) {
  const { command, args, env, workingAt } = which
  const start = async (round: string) => {
    const port = await freePort()
    const startedAt = Date.now()
    const environment = { KUBECONFIG: kubeconfig, ...env(port) }
    const daemon = startDaemon({
      root,
      name: `${which.name}-${round}`,
      command,
      args: args(port),
      env: environment,
    })
    const at = await waitFor(
      async () => {
        if (!daemon.alive()) throw new Error(logTail(daemon.log))
        return workingAt(await readFile(daemon.log, 'utf8'))
      },
      { what: `${which.name} watches`, timeoutMs: 30_000, explain: () => logTail(daemon.log) },
    )
    return { daemon, startMs: at - startedAt }
  }
  const times: number[] = []
  for (const round of [1, 2, 3, 4]) {
    const { daemon, startMs } = await start(`start-${round}`)
    await daemon.stop()
    times.push(startMs)
  }
  say(`starts of ${which.name}: ${times.join(', ')} ms`)
  const { daemon } = await start('operator')
  const startMs = times.sort((a, b) => a - b)[1] ?? Number.NaN
  return { daemon, startMs }
}

/** Events follow a little later than the status. */
async function waitUntilStill(count: () => Promise<number>): Promise<number> {
  for (let last = -1; ; await sleep(2_000)) {
    const now = await count()
    if (now === last) return now
    last = now
  }
}

const spec: LocustTestSpec = {
  image: 'docker.io/locustio/locust:2.47.0',
  master: { command: '-f /lotest/src/locustfile.py --host http://shop' },
  worker: { command: '-f /lotest/src/locustfile.py', replicas: 2 },
}

const createTest = (kube: Kube, name: string) =>
  kube.create(testKind, { metadata: { name, namespace }, spec })

/** Both Jobs' pods run, then the master ends well, and the workers with it. */
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
  for (const pod of workerPods) await endPod(kube, pod, worker, 0)
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

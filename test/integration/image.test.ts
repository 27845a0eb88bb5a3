// The production image without Docker: what its Dockerfile puts together is put together here, and its four processes start
// from it as the charts start them, against a real API server and Redis.
// Takes minutes: what the image installs is installed, and each of its processes started.
import { spawn } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { addons } from '../../operator/addons/index.ts'
import { core, type Manifest } from '../../operator/framework/index.ts'
import { plugins } from '../../release/pins.ts'
import { billOfMaterials } from '../../release/sbom.ts'
import { logTail, startDaemon, type Daemon } from '../sandbox/machine/daemon.ts'
import { repository } from '../sandbox/manifests.ts'
import { ensureTools } from '../sandbox/tools/ensure.ts'
import { startRedis, type Redis } from '../sandbox/redis/redis.ts'
import { sources } from '../support/image/release-sources.ts'
import { assemble, filesIn, type Image } from '../support/image/assemble.ts'
import { contained, furnish } from '../support/image/contained.ts'
import { namespace } from '../support/helm.ts'
import { environmentOf, startPlane, type Plane } from './charts/plane.ts'

const dir = mkdtempSync(join(tmpdir(), 'cratekube-image-'))
/** What a pod would find mounted. */
const mounted = join(dir, 'mounted')
const node = process.execPath
const daemons: Daemon[] = []
let image: Image
let shipped: string[]
let plane: Plane
let redis: Redis

beforeAll(async () => {
  // The CLI and its plugins are downloads, which only the pipeline makes. The sandbox has a CLI of that version.
  image = await assemble({ repository, dir, without: ['pulumi'] })
  shipped = filesIn(image.root)
  furnish(image)
  const bin = join(image.root, 'opt/pulumi/bin')
  mkdirSync(bin, { recursive: true })
  copyFileSync((await ensureTools(['pulumi'])).path('pulumi'), join(bin, 'pulumi'))
  mkdirSync(mounted)
  plane = await startPlane()
  redis = await startRedis({ root: plane.dir })
  for (const file of ['locusttests', 'locustschedules']) {
    const crd = readFileSync(
      join(repository, `charts/cratekube-loadtest/crds/${file}.yaml`),
      'utf8',
    )
    await plane.kube.create(core.crd, load(crd) as Manifest) // generated
  }
}, 600_000)
afterAll(async () => {
  await Promise.all(daemons.map((daemon) => daemon.stop()))
  await redis?.stop()
  await plane?.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** Nothing of ours is left out of the image unseen. */
test('all that the Dockerfile says is done, but for what takes its base images', () => {
  expect(image.left).toEqual([
    'apt-get update',
    'apt-get install -y --no-install-recommends ca-certificates tini',
    'rm -rf /var/lib/apt/lists/* /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx',
    'useradd --uid 10001 --user-group --no-create-home cratekube',
    'COPY --from=pulumi /pulumi/bin/pulumi /pulumi/bin/pulumi-language-nodejs /opt/pulumi/bin/',
    'COPY --from=pulumi /root/.pulumi/plugins /opt/pulumi/plugins',
  ])
  expect(image).toMatchObject({ user: '10001:10001', entrypoint: ['tini', '--', 'start'] })
})

test('one program in it was made for its architecture, and no test or document is in it', () => {
  expect(shipped.length).toBeGreaterThan(1000)
  const programs = shipped.filter((file) => isProgram(join(image.root, file)))
  // Packages for another runtime bring their programs for every architecture.
  expect(programs.filter((file) => !/\/node_modules\/bare-\w+\/prebuilds\//.test(file))).toEqual([
    'usr/local/bin/jail',
  ])
  const apart = /^app\/(test|docs|release|\.git|operator\/framework\/(docs|examples|testing))\//
  expect(shipped.filter((file) => apart.test(file))).toEqual([])
})

test('the charts of all add-ons are in it, and no other', () => {
  const charts = shipped.flatMap(
    (file) => /^app\/charts\/([^/]+)\/Chart\.yaml$/.exec(file)?.[1] ?? [],
  )
  expect(charts).toEqual(addons.flatMap(({ chart }) => (chart ? [chart.folder] : [])).toSorted())
})

function isProgram(file: string): boolean {
  const start = Buffer.alloc(4)
  const fd = openSync(file, 'r')
  readSync(fd, start)
  closeSync(fd)
  return start.equals(Buffer.from('\x7fELF', 'latin1'))
}

test('its packages are those of the bill of materials, no more and no fewer', () => {
  const installed = shipped
    .filter((file) => /node_modules\/(@[^/]+\/)?[^/]+\/package\.json$/.test(file))
    .map((file) => JSON.parse(readFileSync(join(image.root, file), 'utf8')) as Package)
    .map(({ name, version }) => `${name}@${version}`)
  const listed = billOfMaterials()
    .components.filter(({ purl }) => purl?.startsWith('pkg:npm/'))
    .map(({ name, version }) => `${name}@${version}`)
  expect([...new Set(installed)].toSorted()).toEqual(listed.toSorted())
})
type Package = { name: string; version: string }

function start(name: string, args: string[], env: Record<string, string>): Daemon {
  const daemon = startDaemon({
    root: dir,
    name,
    ...contained(image, { node, files: mounted, env, args }),
  })
  daemons.push(daemon)
  return daemon
}

/** As a Secret or a ServiceAccount is: readable by the user of the pod. */
function mount(name: string, file: string): string {
  copyFileSync(file, join(mounted, name))
  chmodSync(join(mounted, name), 0o644)
  return `/run/${name}`
}

async function started(daemon: Daemon, check: () => Promise<void> | void) {
  try {
    const wait = { timeout: 100_000, interval: 200 }
    await vi.waitFor(() => (daemon.alive() ? check() : undefined), wait)
    expect(daemon.alive()).toBe(true)
  } catch (error) {
    throw new Error(`${daemon.name}: ${logTail(daemon.log)}`, { cause: error })
  }
  const status = readFileSync(`/proc/${daemon.pid}/status`, 'utf8')
  expect(status).toMatch(/^Uid:\t10001\t10001\t10001\t10001$/m)
  expect(status).toMatch(/^CapEff:\t0+$/m)
  expect(readlinkSync(`/proc/${daemon.pid}/cwd`)).toMatch(/\/app$/)
}

const leaseHolder = async (lease: string) =>
  (await plane.kube.get(core.lease, lease, namespace))?.spec.holderIdentity

async function environment(component: 'manager' | 'worker') {
  return {
    ...(await environmentOf(plane.kube, component)),
    KUBECONFIG: mount(component, await plane.kubeconfigOf(component)),
    CRATEKUBE_REDIS_URL: redis.url,
    CRATEKUBE_HEALTH_HOST: '127.0.0.1',
    CRATEKUBE_HEALTH_PORT: '0',
  }
}

test('the manager leads', async () => {
  const env = { ...(await environment('manager')), CRATEKUBE_IDENTITY: 'manager-of-the-image' }
  const daemon = start('manager', image.cmd, env)
  await started(daemon, async () =>
    expect(await leaseHolder('cratekube-manager')).toBe('manager-of-the-image'),
  )
})

test('the worker watches, and misses nothing but the plugins, each in its version', async () => {
  const passphrase = join(dir, 'passphrase')
  writeFileSync(passphrase, 'correct horse battery staple')
  const env = {
    ...(await environment('worker')),
    CRATEKUBE_STATE_BACKEND: 'file:///tmp/state',
    CRATEKUBE_STATE_PASSPHRASE_FILE: mount('passphrase', passphrase),
  }
  const daemon = start('worker', ['operator/bin/worker.ts'], env)
  await started(daemon, () => {
    const said = logTail(daemon.log)
    expect(said).toContain('"working"')
    for (const { name, version } of plugins(sources))
      expect(said).toContain(`plugin pulumi-resource-${name} ${version}`)
  })
})

test('the load-test operator leads', async () => {
  const env = {
    KUBECONFIG: mount('loadtest', plane.kubeconfigPath),
    POD_NAMESPACE: namespace,
    POD_SERVICE_ACCOUNT: 'loadtest',
    LEADER_ELECTION: 'true',
    HEALTH_HOST: '127.0.0.1',
    HEALTH_PORT: '0',
  }
  const daemon = start('loadtest', ['--lite-mode', '/app/loadtest.js'], env)
  await started(daemon, async () =>
    expect(await leaseHolder('locust-k8s-operator.locust.io')).toBeDefined(),
  )
})

test('a runner loads the engine and the programs, and is ready for an operation', async () => {
  const args = ['operator/engine/process/entry.ts', '/tmp/run']
  const inside = contained(image, { node, files: mounted, env: { NODE_CHANNEL_FD: '3' }, args })
  const child = spawn(inside.command, inside.args, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  let said = ''
  const answers: unknown[] = []
  child.stderr?.on('data', (text: Buffer) => (said += text.toString()))
  child.on('message', (answer) => answers.push(answer))
  try {
    const settings = {
      engine: 'embedded',
      backendUrl: 'file:///tmp/state',
      programsModule: '/app/operator/bin/programs.ts',
    }
    child.send({ type: 'prepare', settings })
    await vi.waitFor(() => expect(answers, said).toContainEqual({ type: 'prepared' }), {
      timeout: 60_000,
    })
  } finally {
    if (child.connected) child.disconnect()
    if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve))
  }
})

test('nothing can be written but temporary files', async () => {
  const script = `
    const { writeFileSync } = require('node:fs')
    for (const at of ['/app', '/usr/local/bin', '/opt', '/tmp'])
      try { writeFileSync(at + '/x', ''); console.log(at) } catch {}`
  const daemon = start('writer', ['-e', script], {})
  await vi.waitFor(() => expect(daemon.alive()).toBe(false), { timeout: 60_000 })
  expect(logTail(daemon.log).trim()).toBe('/tmp')
})

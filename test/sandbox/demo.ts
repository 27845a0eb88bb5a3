// `npm run demo [-- --exit] [--engine official]`: the whole product on this machine. Builds what is missing, brings the sandbox up, starts
// manager and worker, plays the quickstart, shows what came of it, waits, and takes everything down.
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import type { Kube } from '../../operator/framework/index.ts'
import { cloudSpeedOf } from './cloud-speed.ts'
import { engines, installCrateKube, openTenant, stateOf } from './cratekube.ts'
import { screen } from './demo/screen.ts'
import {
  createTenant,
  kubectl,
  loadTest,
  quickstart,
  shareFiles,
  writeKubeconfig,
  type Story,
} from './demo/story.ts'
import { takeDown } from './down.ts'
import { cacheDir } from './machine/paths.ts'
import { optionsOr } from './options.ts'
import { prepareSandbox } from './prepare.ts'
import { defaultBackend, startSandbox, type Sandbox } from './sandbox.ts'
import { ensureTools } from './tools/ensure.ts'

const usage = `npm run demo -- [--exit] [--engine embedded|official] [--cloud-speed 60] [--root <folder>]
  --exit          take everything down at the end instead of waiting for Ctrl-C
  --engine        who runs the Pulumi programs; the official CLI is built once, in minutes
  --cloud-speed   how many times faster than AWS the cloud's waits pass
  --root          where state and logs go`

const { values } = optionsOr(usage, {
  options: {
    exit: { type: 'boolean', default: false },
    engine: { type: 'string', default: 'embedded' },
    'cloud-speed': { type: 'string', default: '60' },
    root: { type: 'string', default: join(cacheDir(), 'demo') },
  },
})
const { root } = values
const engine = engines.find((name) => name === values.engine)
if (engine === undefined) {
  console.error(`--engine: expected ${engines.join(' or ')}, got ${values.engine}\n${usage}`)
  process.exit(2)
}
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => stop.abort(new Error('stopped')))
}
const view = screen((text) => process.stdout.write(text))
const story: Story = { screen: view, signal: stop.signal }

/** Seconds; without real nodes no pod runs, and there is nothing to measure of these. */
type Figures = { cold: number; ready: number; autofs?: number; loadtest?: number }

async function play(sandbox: Sandbox, cold: number): Promise<Figures> {
  const tools = await ensureTools(['kubectl', 'helm'])
  const cratekube = await installCrateKube(sandbox, { engine })
  cratekube.startManager()
  cratekube.startWorker()
  view.title('A TenantCluster is applied: examples/quickstart/tenant-cluster.yaml')
  const ready = await createTenant(cratekube, story)
  const kubeconfig = await writeKubeconfig(cratekube.kube, sandbox.root)
  const tenant = await openTenant(cratekube.kube, quickstart)
  const show = async (...args: string[]) =>
    process.stdout.write(await kubectl(tools.path('kubectl'), kubeconfig, args))
  view.title('The tenant cluster')
  await show('get', 'nodes', '-o', 'wide')
  await show('get', 'pods', '--all-namespaces')
  const used =
    sandbox.backend === 'box'
      ? await use(tenant, show)
      : view.title('Simulated nodes run nothing: no file under /auto, no load test.')
  tenant.close()
  cratekube.close()
  explain(sandbox, kubeconfig)
  return { cold, ready, ...used }
}

async function use(tenant: Kube, show: (...args: string[]) => Promise<unknown>) {
  view.title(
    'A file under /auto, written on one node and read on the other: examples/quickstart/shared-files.yaml',
  )
  const autofs = await shareFiles(tenant, story)
  await show('logs', '--namespace', 'shared-files', 'reader')
  view.title('A load test in the tenant cluster: examples/quickstart/load-test.yaml')
  const loadtest = await loadTest(tenant, story)
  await show('get', 'locusttests', '--namespace', 'load-test', '-o', 'wide')
  return { autofs, loadtest }
}

function explain(sandbox: Sandbox, kubeconfig: string): void {
  const { backendUrl, keys } = stateOf(sandbox)
  view.title('To look around, in another terminal:')
  process.stdout
    .write(`  management cluster   export KUBECONFIG=${sandbox.management.kubeconfigPath}
                       kubectl get tenantclusters --all-namespaces -o wide
  tenant cluster       export KUBECONFIG=${kubeconfig}
  Pulumi stacks        npm run sandbox -- --root ${sandbox.root} pulumi stack ls
                       with the official CLI: PULUMI_BACKEND_URL=${backendUrl} PULUMI_CONFIG_PASSPHRASE=${keys.passphraseOf('team-payments.payments-dev')} pulumi stack ls
  logs                 ${join(sandbox.root, 'log')}
  try next             kubectl -n team-payments patch tenantcluster payments-dev --type merge -p '{"spec":{"suspend":true}}'
                       kubectl -n team-payments delete tenantcluster payments-dev
`)
}

async function main(): Promise<void> {
  const cloudSpeed = cloudSpeedOf(values['cloud-speed'])
  await takeDown({ root }) // what an earlier demo left when it was killed
  const tools = engine === 'official' ? (['pulumi'] as const) : []
  await prepareSandbox([defaultBackend()], (line) => view.line(line), { tools })
  stop.signal.throwIfAborted()
  try {
    const sandbox = await startSandbox({
      root,
      cloudSpeed,
      onProgress: (line) => view.line(line),
    })
    const figures = await play(sandbox, view.secondsSinceStart())
    if (!values.exit) {
      view.title('Everything keeps running. Ctrl-C takes it down.')
      await sleep(2 ** 31 - 1, undefined, { signal: stop.signal }).catch(() => undefined) // aborted by Ctrl-C
    }
    await takeDown({ root })
    const [cold, ready, autofs, loadtest] = [
      figures.cold,
      figures.ready,
      figures.autofs,
      figures.loadtest,
    ].map((s) => s?.toFixed(1) ?? '-')
    console.log(`demo ok cold=${cold} ready=${ready} autofs=${autofs} loadtest=${loadtest}`)
  } catch (error) {
    await takeDown({ root, keepFiles: !stop.signal.aborted })
    throw error
  }
}

try {
  await main()
} catch (error) {
  const stopped = stop.signal.aborted
  console.error(
    stopped ? '\nstopped; nothing is left running' : error instanceof Error ? error.message : error,
  )
  if (!stopped) console.error(`logs are kept in ${join(root, 'log')}`)
  process.exitCode = stopped ? 130 : 1
}

// `npm run dev`: a sandbox, and in it manager and worker from source, each started again when a file that it is made of was
// saved. Their logs come out here. Ctrl-C ends all of it.
import { join } from 'node:path'
import { workerConfig } from '../../../operator/bin/config.ts'
import { cloudSpeedOf } from '../cloud-speed.ts'
import { installCrateKube, type CrateKube, type Launch } from '../cratekube.ts'
import { quickstart } from '../demo/story.ts'
import { takeDown } from '../down.ts'
import { cacheDir } from '../machine/paths.ts'
import { repository } from '../manifests.ts'
import { optionsOr } from '../options.ts'
import { prepareSandbox } from '../prepare.ts'
import { backendOf, defaultBackend, startSandbox } from '../sandbox.ts'
import { shownLine } from './line.ts'
import { restarted } from './restarted.ts'
import { onSaved } from './saved.ts'
import { sourcesOf } from './sources.ts'

const usage = `npm run dev -- [--backend box|kwok|memory] [--cloud-speed 60] [--inspect] [--root <folder>]
  --backend       box, real nodes, as root; kwok, simulated ones; memory, clusters that only exist in the AWS double
  --cloud-speed   how many times faster than AWS the cloud's waits pass
  --inspect       a debugger may attach: to the manager at 127.0.0.1:9229, to the worker at 127.0.0.1:9230
  --root          where state goes`

const { values } = optionsOr(usage, {
  options: {
    backend: { type: 'string' },
    'cloud-speed': { type: 'string', default: '60' },
    inspect: { type: 'boolean', default: false },
    root: { type: 'string', default: join(cacheDir(), 'dev') },
  },
})
const { root } = values
const stop = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.on(signal, () => stop.abort(new Error('stopped')))

/** A worker that is told to end waits for its operations to come to a safe point. */
const graceMs = 60_000

const fromSource = (name: 'manager' | 'worker', launch: Launch, port: number) => ({
  ...launch,
  args: [
    ...(values.inspect ? [`--inspect=127.0.0.1:${port}`] : []),
    join(repository, `operator/bin/${name}.ts`),
  ],
})

/** With the files that they are made of; a worker starts runners, which are files of their own. */
function processesOf({ manager, worker }: CrateKube) {
  const { programsModule } = workerConfig(worker.env).engine
  const runner = ['operator/engine/process/entry.ts', 'test/sandbox/providers/index.ts']
  return [
    { launch: fromSource('manager', manager, 9229), entries: ['operator/bin/manager.ts'] },
    {
      launch: fromSource('worker', worker, 9230),
      entries: ['operator/bin/worker.ts', ...runner, programsModule],
    },
  ]
}

async function develop(cratekube: CrateKube): Promise<void> {
  const processes = await Promise.all(
    processesOf(cratekube).map(async ({ launch, entries }) => {
      const say = (line: string) => console.log(shownLine(launch.name, line))
      let sources = await sourcesOf(entries, repository)
      const running = restarted({ root, launch, say, graceMs })
      const saved = async (files: ReadonlySet<string>) => {
        const changed = [...files].filter((file) => sources.has(file))
        if (changed.length === 0) return
        running.restart(changed.map((file) => file.replace(repository, '')).join(', '))
        // What cannot be parsed is said by the process itself; it is made of the same files until it can.
        sources = await sourcesOf(entries, repository).catch(() => sources)
      }
      return { running, saved }
    }),
  )
  const folders = ['operator', 'programs', 'test/sandbox/providers']
  using _ = onSaved(
    folders.map((folder) => join(repository, folder)),
    (files) => processes.forEach(({ saved }) => void saved(files)),
  )
  await new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(), { once: true })
    if (stop.signal.aborted) resolve()
  })
  console.log('\ntaking everything down')
  await Promise.all(processes.map(async ({ running }) => await running.stop()))
}

async function main(): Promise<void> {
  const backend = backendOf(values.backend) ?? defaultBackend()
  const cloudSpeed = cloudSpeedOf(values['cloud-speed'])
  await takeDown({ root }) // what an earlier one left when it was killed
  await prepareSandbox([backend], (line) => console.log(line))
  try {
    stop.signal.throwIfAborted()
    const onProgress = (line: string) => console.log(line)
    const sandbox = await startSandbox({ root, backend, cloudSpeed, onProgress })
    const cratekube = await installCrateKube(sandbox)
    await cratekube.prepareTenant(quickstart)
    const { kubeconfigPath } = sandbox.management
    console.log(`up. In another terminal:
  export KUBECONFIG=${kubeconfigPath}
  kubectl apply -f examples/quickstart/tenant-cluster.yaml
  npm run sandbox -- --root ${root} status`)
    await develop(cratekube)
    cratekube.close()
  } finally {
    await takeDown({ root })
  }
}

try {
  await main()
} catch (error) {
  const stopped = stop.signal.aborted
  console.error(stopped ? 'stopped' : error instanceof Error ? error.message : error)
  process.exitCode = stopped ? 130 : 1
}

// What a tenant costs on either engine: an `up` of both stacks that changes nothing, and the same with the look for drift, in
// processor time and memory of all processes of the runs. The same plugins stand behind both engines, the doubles;
// `inProcess` is the embedded engine with the doubles in its process. Medians.
// cpuHours200: the processor hours of a look for drift at 200 such tenants: an operation shares nothing with another.
import { dirname, join } from 'node:path'
import { pino } from 'pino'
import {
  runSealedOperation,
  type EngineSetup,
  type StackOperation,
} from '../../../operator/engine/index.ts'
import { stateOf } from '../../sandbox/cratekube.ts'
import { repository } from '../../sandbox/manifests.ts'
import { installPlugins } from '../../sandbox/providers/plugins.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { readyTenant, type ReadyTenant } from './ready-tenant.ts'
import { costOf, type Cost } from './run-cost.ts'
import { say, type Figures } from '../say.ts'
import { bothStacks } from './tenant-stacks.ts'

const rounds = 3
const tenants = 200

type Way = { name: string; engine: EngineSetup['engine']; inProcess?: boolean }

const ways: readonly Way[] = [
  { name: 'cli', engine: 'cli' },
  { name: 'embedded', engine: 'embedded' },
  { name: 'inProcess', engine: 'embedded', inProcess: true },
]

export async function measureEngines(): Promise<Figures[]> {
  await using ready = await readyTenant()
  const home = join(ready.sandbox.root, 'pulumi')
  const tools = await ensureTools(['helm', 'pulumi'])
  await installPlugins(home)
  process.env['PULUMI_HOME'] = home
  process.env['NODE_COMPILE_CACHE'] = join(ready.sandbox.root, 'compile-cache')
  const folders = (['helm', 'pulumi'] as const).map((name) => dirname(tools.path(name)))
  process.env['PATH'] = [...folders, process.env['PATH']].join(':')
  const figures: Figures[] = []
  for (const way of ways) {
    await upOf(ready, way, false) // warms caches up
    const plain = await median(() => costOf(() => upOf(ready, way, false)))
    const look = await median(() => costOf(() => upOf(ready, way, true)))
    figures.push({
      name: `engines.${way.name}`,
      cpuSeconds: rounded(plain.cpuSeconds),
      memoryMiB: Math.round(plain.memoryMiB),
      driftCpuSeconds: rounded(look.cpuSeconds),
      driftMemoryMiB: Math.round(look.memoryMiB),
      cpuHours200: rounded((look.cpuSeconds * tenants) / 3600),
    })
    say(JSON.stringify(figures.at(-1)))
  }
  return figures
}

const rounded = (value: number) => Math.round(value * 100) / 100

async function median(measure: () => Promise<Cost>): Promise<Cost> {
  const costs: Cost[] = []
  for (let round = 0; round < rounds; round += 1) costs.push(await measure())
  const middle = (of: (cost: Cost) => number) =>
    costs.map(of).sort((a, b) => a - b)[Math.floor(rounds / 2)] ?? Number.NaN
  return { cpuSeconds: middle((c) => c.cpuSeconds), memoryMiB: middle((c) => c.memoryMiB) }
}

async function upOf(ready: ReadyTenant, way: Way, refresh: boolean): Promise<void> {
  const { backendUrl, keys } = stateOf(ready.sandbox)
  const settings: EngineSetup = {
    backendUrl,
    engine: way.engine,
    programsModule: join(repository, 'operator/bin/programs.ts'),
    ...(way.inProcess && {
      providersModule: join(repository, 'test/sandbox/providers/index.ts'),
    }),
  }
  const log = pino({ level: 'warn' }, pino.destination(2))
  const run = async (operation: StackOperation, env: Record<string, string>) => {
    const { signal } = new AbortController()
    const o = { settings, keys, env, signal, log, onProgress: () => undefined }
    const result = await runSealedOperation(operation, o)
    if (result.status !== 'succeeded') throw new Error(JSON.stringify(result))
    return result
  }
  await bothStacks(ready, run, { refresh })
}

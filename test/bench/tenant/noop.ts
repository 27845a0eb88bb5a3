// wallSeconds: an update that changes nothing on a Ready tenant: `up` of the cloud stack and then of the add-ons stack,
// each through runOperation as the worker does it, spare runners at hand. Without the look for drift, whose time is the
// cloud's. cliWallSeconds: the same stacks by the official CLI, the doubles being its plugins. Medians.
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pino } from 'pino'
import {
  runSealedOperation,
  spareRunners,
  type EngineSetup,
  type StackOperation,
} from '../../../operator/engine/index.ts'
import { stateOf } from '../../sandbox/cratekube.ts'
import { repository } from '../../sandbox/manifests.ts'
import { installPlugins } from '../../sandbox/providers/plugins.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { readyTenant, type ReadyTenant } from './ready-tenant.ts'
import { say, seconds, type Figures } from '../say.ts'
import { bothStacks } from './tenant-stacks.ts'

const rounds = 9

/** A tenant that is just Ready still starts pods, on the processors that are measured here. */
const settleMs = 30_000

export async function measureNoop(): Promise<Figures[]> {
  await using ready = await readyTenant()
  say('rests until the tenant has settled')
  await sleep(settleMs)
  const tools = await ensureTools(['helm'])
  process.env['PATH'] = `${dirname(tools.path('helm'))}:${process.env['PATH']}`
  process.env['NODE_COMPILE_CACHE'] = join(ready.sandbox.root, 'compile-cache')
  const embedded = await median(ready, 'embedded')
  await useCli(join(ready.sandbox.root, 'pulumi'))
  const cli = await median(ready, 'cli')
  return [{ name: 'noop', wallSeconds: seconds(embedded), cliWallSeconds: seconds(cli) }]
}

/** Puts the CLI where runners look for it, with a home that has its plugins. */
async function useCli(home: string): Promise<void> {
  const tools = await ensureTools(['pulumi'])
  await installPlugins(home)
  process.env['PULUMI_HOME'] = home
  process.env['PATH'] = `${dirname(tools.path('pulumi'))}:${process.env['PATH']}`
}

async function median(ready: ReadyTenant, engine: EngineSetup['engine']): Promise<number> {
  const { backendUrl, keys } = stateOf(ready.sandbox)
  const settings: EngineSetup = {
    backendUrl,
    engine,
    programsModule: join(repository, 'operator/bin/programs.ts'),
    providersModule: join(repository, 'test/sandbox/providers/index.ts'),
  }
  using spares = spareRunners({ settings })
  const log = pino({ level: 'warn' }, pino.destination(2))
  const run = async (operation: StackOperation, env: Record<string, string>) => {
    const { signal } = new AbortController()
    const o = { settings, keys, env, signal, log, spares, onProgress: () => undefined }
    const result = await runSealedOperation(operation, o)
    if (result.status !== 'succeeded') throw new Error(JSON.stringify(result))
    const changed = Object.keys(result.changes).filter((change) => change !== 'same')
    if (changed.length > 0) throw new Error(`not a no-op: ${JSON.stringify(result.changes)}`)
    return result
  }
  const walls: number[] = []
  for (let round = 0; round <= rounds; round += 1) {
    await spares.atRest()
    const startedAt = performance.now()
    await bothStacks(ready, run)
    walls.push(performance.now() - startedAt)
  }
  const measured = walls.slice(1).sort((a, b) => a - b) // the first one warms caches up
  say(`${engine}: ${measured.map(seconds).join(', ')} s`)
  return measured[Math.floor(rounds / 2)] ?? Number.NaN
}

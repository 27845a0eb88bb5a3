// What a worker looks at before it takes operations: is the engine there that it is set to, and the plugins of its programs?
// Without them an operation would fail half way, with a control plane and gateways that cost money already made.
import type { Fault } from '../api/faults/fault.ts'
import { OperationFault } from '../api/faults/fault.ts'
import { chooseEngine, findCli } from './engine-command.ts'
import { engineMissing } from './faults/fault-table.ts'
import type { EngineSetup } from './operation.ts'
import { findPlugins, pulumiHome, type PluginVersions } from './plugins.ts'

/** What keeps this process from running operations, or undefined. */
export async function findImageFault(o: {
  settings: EngineSetup
  plugins: PluginVersions
  env: NodeJS.ProcessEnv
}): Promise<Fault | undefined> {
  const { settings, env } = o
  const path = env['PATH'] ?? ''
  const engine = chooseEngine(settings, path)
  if (engine === 'cli' && findCli(path) === undefined) return engineMissing
  // A module of providers is asked by the runner, which alone loads it.
  if (engine === 'embedded' && settings.providersModule !== undefined) return undefined
  try {
    await findPlugins(o.plugins, pulumiHome(env))
    return undefined
  } catch (error) {
    if (error instanceof OperationFault) return error.fault
    throw error
  }
}

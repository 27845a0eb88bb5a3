// Picks what stands behind the Automation API: the official CLI or the embedded engine. One path serves both.
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { EngineSetup } from './operation.ts'

/** Whether the official CLI is on PATH. */
export function findCli(path: string): string | undefined {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, 'pulumi')
    if (folder !== '' && isExecutable(file)) return file
  }
  return undefined
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    // Not there or not for us: either way this is not the one.
    return false
  }
}

/**
 * Nothing but a word of its own puts the embedded engine behind plugins: that is for trials (docs/decisions/0002). Who brings
 * providers of their own has said so by that.
 */
export function chooseEngine(settings: EngineSetup, path: string): 'cli' | 'embedded' {
  if (settings.engine !== 'auto') return settings.engine
  const embeds = settings.providersModule !== undefined && findCli(path) === undefined
  return embeds ? 'embedded' : 'cli'
}

/** What an administrator should know of the choice, if anything. */
export const engineWarning = ({ engine, providersModule }: EngineSetup): string | undefined =>
  engine === 'embedded' && providersModule === undefined
    ? 'the embedded engine runs the operations: that is for trials without the official Pulumi CLI, which production runs'
    : undefined

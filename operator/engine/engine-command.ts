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

export function chooseEngine(settings: EngineSetup, path: string): 'cli' | 'embedded' {
  if (settings.engine !== 'auto') return settings.engine
  return findCli(path) === undefined ? 'embedded' : 'cli'
}

// The table of commands that the embedded engine knows.
import type { Command } from './context.ts'
import { configCommands } from './config-commands.ts'
import { operationCommands } from './operation-commands.ts'
import { stackCommands } from './stack-commands.ts'

export const commands: Record<string, Command | undefined> = {
  ...stackCommands,
  ...configCommands,
  ...operationCommands,
}

// The table of commands that the embedded engine knows.
import type { CommandContext } from './command.ts'
import { configCommands } from './config-commands.ts'
import { operationCommands } from './operation-commands.ts'
import { stackCommands } from './stack-commands.ts'

export type Command = (args: string[], context: CommandContext) => Promise<string>

export const commands: Record<string, Command | undefined> = {
  ...stackCommands,
  ...configCommands,
  ...operationCommands,
}

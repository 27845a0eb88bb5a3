// What every command of the embedded engine gets. The table of commands and the commands themselves share it.
import type { ProviderSource } from '../providers/providers.ts'
import type { FileBackend } from '../state/file-backend.ts'
import type { Secrets } from '../state/secrets.ts'
import type { OnEvent } from '../wire/events.ts'
import type { InlineCalls } from '../wire/inline-calls.ts'

export type CommandContext = {
  cwd: string
  env: Record<string, string | undefined>
  source: ProviderSource
  runDir: string
  inline: InlineCalls
  onEvent: OnEvent | undefined
  signal: AbortSignal
  /** By URL. */
  backends: Map<string, Promise<FileBackend>>
  /** Secrets by salt: one key derivation serves all commands. */
  opened: Map<string, Promise<Secrets>>
}

/** Its answer is what the official CLI would print. */
export type Command = (args: string[], context: CommandContext) => Promise<string>

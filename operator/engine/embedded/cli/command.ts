// The embedded engine as the Automation API's PulumiCommand: takes the official CLI's command lines and answers them in
// this process. A command or flag that is not known is refused.
import { SemVer } from 'semver'
import { commands } from './commands.ts'
import type { CommandContext } from './context.ts'
import type { OnEvent } from '../wire/events.ts'
import { inlineCalls, type InlineCalls } from '../wire/inline-calls.ts'
import { officialVersion } from './official-version.ts'
import type { ProviderSource } from '../providers/providers.ts'
import { UsageError } from './arguments.ts'
import { reopenSecrets, type DerivedKey } from '../state/secrets.ts'

export type CliResult = { stdout: string; stderr: string; code: number }

/** The shape that the SDK calls; its declared class hides `run`. */
export interface EmbeddedCommand {
  readonly command: string
  readonly version: SemVer
  /** The inline program to give to the SDK along with this command. */
  readonly attach: InlineCalls['attach']
  /** Of the stacks whose secrets were opened. */
  derivedKeys(): Promise<DerivedKey[]>
  run(
    args: string[],
    cwd: string,
    env: Record<string, string>,
    onOutput?: (text: string) => void,
    onError?: (text: string) => void,
    signal?: AbortSignal,
  ): Promise<CliResult>
}

export type CommandErrors = (result: CliResult & { err?: Error }) => Error

export function embeddedCommand(o: {
  source: ProviderSource
  runDir: string
  /** Makes the SDK's own error classes of a failed command. */
  toError: CommandErrors
  /** Keys that need not be derived again. */
  derivedKeys?: readonly DerivedKey[]
  /** Hears of every operation, whether or not the Automation API's caller does, and without its JSON over a socket. */
  onEvent?: OnEvent
}): EmbeddedCommand {
  const inline = inlineCalls()
  const known = o.derivedKeys ?? []
  const opened: CommandContext['opened'] = new Map(
    known.map((one) => [one.salt, Promise.resolve(reopenSecrets(one))]),
  )
  const backends: CommandContext['backends'] = new Map()
  return {
    command: 'pulumi-embedded',
    // The SDK decides by version how it talks.
    version: new SemVer(officialVersion),
    attach: inline.attach,
    async derivedKeys() {
      const secrets = await Promise.allSettled(opened.values())
      return secrets.flatMap((one) => (one.status === 'fulfilled' ? one.value.derivedKey() : []))
    },
    // Six parameters because the SDK calls it so.
    // oxlint-disable-next-line max-params
    async run(args, cwd, env, onOutput, onError, signal) {
      const context: CommandContext = {
        cwd,
        env: { ...process.env, ...env },
        source: o.source,
        runDir: o.runDir,
        inline,
        onEvent: o.onEvent,
        backends,
        opened,
        signal: signal ?? new AbortController().signal,
      }
      try {
        const stdout = await dispatch(args, context)
        onOutput?.(stdout)
        return { stdout, stderr: '', code: 0 }
      } catch (error) {
        const stderr = `error: ${error instanceof Error ? error.message : String(error)}`
        onError?.(stderr)
        throw o.toError({
          stdout: '',
          stderr,
          code: 1,
          ...(error instanceof Error ? { err: error } : {}),
        })
      }
    },
  }
}

async function dispatch(args: string[], context: CommandContext): Promise<string> {
  const [first = '', second = ''] = args
  const compound = commands[`${first} ${second}`]
  if (compound) return compound(args.slice(2), context)
  const simple = commands[first]
  if (simple) return simple(args.slice(1), context)
  throw new UsageError(
    `the embedded engine does not know the command \`${first} ${second}\`: use the official Pulumi CLI for it`,
  )
}

// Failed commands as the SDK's own error classes, which createOrSelectStack and callers test with instanceof.
import {
  CommandError,
  ConcurrentUpdateError,
  StackAlreadyExistsError,
  StackNotFoundError,
} from '@pulumi/pulumi/automation/index.js'
import type { CliResult } from './command.ts'

export function toSdkError(result: CliResult & { err?: Error }): Error {
  const text = describe(result)
  // The constructors take the CLI's result object, of which they use toString only.
  const shown = text as unknown as ConstructorParameters<typeof CommandError>[0]
  if (/no stack named.*found/.test(result.stderr)) return new StackNotFoundError(shown)
  if (/stack.*already exists/.test(result.stderr)) return new StackAlreadyExistsError(shown)
  if (result.stderr.includes('the stack is currently locked by'))
    return new ConcurrentUpdateError(shown)
  return new CommandError(shown)
}

const describe = (result: CliResult): string =>
  `code: ${result.code}\n stdout: ${result.stdout}\n stderr: ${result.stderr}\n`

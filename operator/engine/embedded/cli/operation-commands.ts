// up | preview | refresh | destroy, from their command lines.
import { parseArguments, UsageError, type Arguments, type FlagTable } from './arguments.ts'
import type { Command, CommandContext } from './context.ts'
import { operate, type UpdateOptions, type Stack } from '../run/operate.ts'
import { openConfig, openSecretsOf, existingStack } from './session.ts'
import { availableParallelism } from 'node:os'

const table: FlagTable = {
  switches: [
    'skip-preview',
    'refresh',
    'diff',
    'expect-no-changes',
    'preview-only',
    'clear-pending-creates',
    'json',
  ],
  values: ['message', 'parallel', 'replace', 'client', 'exec-kind', 'exec-agent', 'event-log'],
}
const stepsPerCpu = 4

const operation =
  (kind: UpdateOptions['kind']): Command =>
  async (args, context) => {
    const parsed = parseArguments(args, table)
    const wanted = read(kind, parsed)
    const outcome = await operate(await open(parsed, context), wanted, context.signal)
    if (outcome.failure !== undefined) throw new Error(outcome.failure)
    if (wanted.expectNoChanges && Object.keys(outcome.changes).some((op) => op !== 'same')) {
      throw new Error('no changes were expected for update but changes were proposed')
    }
    return summary(outcome.changes)
  }

export const operationCommands: Record<string, Command> = {
  up: operation('update'),
  preview: operation('preview'),
  refresh: operation('refresh'),
  destroy: operation('destroy'),
}

function read(kind: UpdateOptions['kind'], parsed: Arguments): UpdateOptions {
  const parallel = Number(parsed.value('parallel') ?? availableParallelism() * stepsPerCpu)
  if (!Number.isInteger(parallel) || parallel < 1)
    throw new UsageError('--parallel needs a whole number from 1')
  return {
    kind,
    dryRun: kind === 'preview' || parsed.has('preview-only'),
    refresh: parsed.has('refresh'),
    clearPendingCreates: parsed.has('clear-pending-creates'),
    expectNoChanges: parsed.has('expect-no-changes'),
    replace: parsed.flags.get('replace') ?? [],
    parallel,
    message: parsed.value('message') ?? '',
    client: parsed.value('client'),
    eventLog: parsed.value('event-log'),
  }
}

async function open(parsed: Arguments, context: CommandContext): Promise<Stack> {
  const session = await existingStack(context, parsed.value('stack'))
  const secrets = await openSecretsOf(context, session)
  const config = await openConfig(context, { stack: session.ref.stack, secrets })
  return {
    ...session,
    secrets,
    config,
    source: context.source,
    inline: context.inline,
    onEvent: context.onEvent,
    workDir: context.cwd,
    runDir: context.runDir,
  }
}

function summary(changes: Record<string, number>): string {
  const lines = Object.entries(changes).map(([op, count]) => `    ${count} ${op}`)
  return ['Resources:', ...lines].join('\n')
}

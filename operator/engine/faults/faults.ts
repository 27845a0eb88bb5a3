// Faults from what the engine and the providers said: one table over the texts, tested over recorded errors.
import { OperationFault, type Fault } from '../../api/faults/fault.ts'
import { actionOf, messageOf, type FaultRule } from '../../api/faults/fault-rule.ts'
import { urnName } from '../embedded/state/urn.ts'
import type { AboutTenant, ProviderFaults } from '../../provider/contract.ts'
import { faultTable, pluginMissing } from './fault-table.ts'
import type { Failure } from '../progress.ts'

/** Words with which an engine or a provider ends because something else has failed; they say nothing of the cause. */
const echo =
  /^(update|preview|refresh|destroy) (failed|canceled)$|^One or more errors occurred|failed to register$|grpc: the client connection is closing|resource monitor shut down|error reading from server: EOF|code = Canceled|context canceled/m

/** Of the tenant, and what the provider that it is on knows of errors. */
export type About = AboutTenant & { provider?: ProviderFaults | undefined }

/**
 * The first failure that names a cause is it, for later ones follow from it. `error` is what the Automation API threw;
 * its text counts when the events said nothing.
 */
export function classifyFailure(
  error: unknown,
  failures: readonly Failure[],
  about: About = {},
): Fault {
  if (error instanceof OperationFault) return error.fault
  const causes = failures.filter((failure) => !echo.test(failure.message))
  const candidates = causes.length > 0 ? causes : [{ message: textOf(error) }, ...failures]
  const rules = faultTable(about.provider)
  const decisive = candidates.filter(({ message }) => pluginMissing.pattern.test(message))
  for (const [i, failure] of [...decisive, ...candidates].entries()) {
    const rule = rules.find(({ pattern }) => pattern.test(failure.message))
    if (rule && !(rule.vague && i > 0)) return faultOf(rule, failure, about)
  }
  const [first = { message: textOf(error) }] = candidates
  return {
    code: 'OperationFailed',
    message: describe(first),
    retryable: true,
    ...requestIdOf(first.message),
  }
}

function faultOf(rule: FaultRule, failure: Failure, about: About): Fault {
  const inputPath = rule.userInput ? (rule.inputPath ?? inputPathOf(failure, about)) : undefined
  const message =
    messageOf(rule, failure.message) ??
    describe(rule.ofWorker ? { message: failure.message } : failure)
  const action = actionOf(rule, failure.message, about)
  return {
    code: rule.code,
    message: inputPath === undefined ? message : `${inputPath}: ${message}`,
    ...(action === undefined ? {} : { action }),
    retryable: rule.retryable,
    ...(inputPath === undefined ? {} : { inputPath }),
    ...requestIdOf(failure.message),
  }
}

const longest = 600

/** One line that names the object. */
function describe(failure: Failure): string {
  const text = failure.message
    .split('\n')
    .filter((line) => !/^\s+at /.test(line))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')
  const object = failure.urn && failure.type ? `${failure.type} ${urnName(failure.urn)}: ` : ''
  return object + (text.length > longest ? `${text.slice(0, longest)}…` : text)
}

function requestIdOf(text: string): { requestId?: string } {
  const id = /request ?id:? ?"?([0-9a-zA-Z-]{8,})/i.exec(text)?.[1]
  return id === undefined ? {} : { requestId: id }
}

function inputPathOf({ type, urn, message }: Failure, about: About): string | undefined {
  if (type === undefined || urn === undefined) return undefined
  return about.provider?.inputPathOf({ type, name: urnName(urn), message }, about)
}

/** What the Automation API threw, without the command line and the echo of the display in it. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  const errors = [...text.matchAll(/^\s*(?:stderr: )?error: (.+)$/gm)].map(([, line]) => line ?? '')
  return errors.find((line) => !echo.test(line)) ?? errors[0] ?? text
}

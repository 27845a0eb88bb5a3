// The one table from error texts to faults; rows of one subject stand in files of their own. Order matters: the first
// rule that fits wins, so the special stands before the general. Every row has a recorded error in
// test/unit/engine/faults/faults.test.ts.
import type { FaultRule } from '../../api/faults/fault-rule.ts'
import type { Fault } from '../../api/faults/fault.ts'
import type { ProviderFaults } from '../../provider/contract.ts'
import { missingAction } from '../plugins.ts'
import { stateFaults } from './state-faults.ts'

/** Whatever else failed follows from it: a provider that cannot be loaded takes the whole run down. */
export const pluginMissing: FaultRule = {
  pattern: /no (\w+) plugin '(pulumi-[\w-]+)' found in the workspace(?: at version v([\w.+-]+))?/,
  code: 'PluginMissing',
  message: ([, , plugin, version]) =>
    `The worker’s image lacks plugin ${[plugin, version].filter(Boolean).join(' ')}, which the stack asks for.`,
  action: missingAction,
  retryable: true,
}

export const engineMissing = {
  code: 'EngineMissing',
  message: 'Operations are run by the official Pulumi CLI, but PATH has no executable `pulumi`.',
  action:
    'Run the worker from an image that has the official Pulumi CLI; for a trial without one set CRATEKUBE_ENGINE to embedded.',
  retryable: false,
} satisfies Fault

/** With the rules of the provider between those that hold for all. */
export const faultTable = (provider?: ProviderFaults): readonly FaultRule[] => [
  pluginMissing,
  ...stateFaults,
  ...(provider?.wrapped ?? []),
  ...clusterFaults,
  ...(provider?.causes ?? []),
  ...engineFaults,
  ...(provider?.vague ?? []),
  ...vagueFaults,
]

/** Of the network, and of what the cluster itself refuses. */
const clusterFaults: readonly FaultRule[] = [
  // Before the account: a network that is down shows as failed validation of credentials, too.
  {
    pattern:
      /ECONNREFUSED|ECONNRESET|ETIMEDOUT|\bENOTFOUND\b|EAI_AGAIN|socket hang up|connection refused|i\/o timeout|no such host|TimeoutError|ServiceUnavailable|InternalFailure|InternalServerError|InternalError/i,
    code: 'Unreachable',
    action: 'Nothing: the operation is tried again.',
    retryable: true,
  },
  {
    // The kubernetes plugin, of which only the creating of an object names what it met on the way.
    pattern:
      /Kubernetes cluster is unreachable|due to unreachable cluster|unable to load schema information from the API server/,
    code: 'Unreachable',
    message: 'The API server of the tenant cluster does not answer.',
    action: 'Nothing: the operation is tried again.',
    retryable: true,
  },
  {
    pattern: /AlreadyExists|already exists/i,
    code: 'AlreadyExists',
    action: 'Delete what the message names, if nobody needs it; work goes on by itself.',
    retryable: true,
  },
]

const engineFaults: readonly FaultRule[] = [
  {
    pattern: /the stack is currently locked by|\[409\] Conflict: Another update/i,
    code: 'ConcurrentUpdate',
    action: 'Nothing: the operation is tried again when the other one has ended.',
    retryable: true,
  },
  {
    pattern:
      /cannot be deleted because it is protected|cannot be deleted\nbecause it is protected|marked for protection/i,
    code: 'ResourceProtected',
    action: 'Remove the protection of the resource that the message names.',
    retryable: false,
  },
  {
    ...engineMissing,
    pattern: /spawn pulumi (ENOENT|EACCES)/,
    message: () => engineMissing.message,
  },
  {
    pattern: /is not valid for .*backends|keeps state in file:\/\/ backends only/i,
    code: 'UnsupportedBackend',
    action: 'Install the official Pulumi CLI in the worker, or use a file:// backend.',
    retryable: false,
  },
  {
    pattern: /Duplicate resource URN/i,
    code: 'ProgramError',
    action: 'Report this as a bug of CrateKube.',
    retryable: false,
  },
]

const vagueFaults: readonly FaultRule[] = [
  {
    pattern: /has a problem:|ValidationError|Malformed/i,
    code: 'InvalidInput',
    action: 'Correct the value that the message names.',
    retryable: false,
    userInput: true,
    vague: true,
  },
  {
    pattern: /Unhandled exception|TypeError|ReferenceError/,
    code: 'ProgramError',
    action: 'Report this as a bug of CrateKube.',
    retryable: false,
    vague: true,
  },
]

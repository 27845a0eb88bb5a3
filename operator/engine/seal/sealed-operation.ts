// An operation on a stack that is sealed with its tenant's own passphrase, and sealed anew first where it is not yet:
// after a rotation of the master passphrase, or after an update from a release that sealed all stacks alike.
import { runOperation, type RunOptions } from '../run-operation.ts'
import type { EngineSettings, EngineSetup, OperationResult, StackOperation } from '../operation.ts'
import type { StateKeys } from './state-keys.ts'

export type SealedRunOptions = Omit<RunOptions, 'settings'> & {
  settings: EngineSetup
  keys: StateKeys
}

export async function runSealedOperation(
  operation: StackOperation,
  { keys, ...options }: SealedRunOptions,
): Promise<OperationResult> {
  const { passphrase, older } = passphrasesOf(operation.stack, options.settings, keys)
  const settings: EngineSettings = { ...options.settings, passphrase }
  const first = await runOperation(operation, { ...options, settings })
  if (first.status !== 'failed' || first.fault.code !== 'WrongPassphrase') return first
  // No stack is changed under a passphrase that does not open it: nothing has happened yet. The older passphrases go to a
  // runner that does nothing else, which loads neither program nor plugin.
  const resealed = await runOperation(
    { ...operation, kind: 'reseal' },
    { ...options, settings: { ...settings, older } },
  )
  if (resealed.status !== 'succeeded') return resealed
  options.log.info({ stack: operation.stack }, 'the stack was sealed anew')
  return runOperation(operation, { ...options, settings })
}

function passphrasesOf(stack: string, { secretsProvider }: EngineSetup, keys: StateKeys) {
  const passphrase = keys.passphraseOf(stack)
  const older = keys.olderPassphrasesOf(stack)
  return secretsProvider === undefined
    ? { passphrase, older }
    : { passphrase: '', older: [passphrase, ...older] }
}

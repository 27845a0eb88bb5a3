// Seals a stack's state anew: opened by whichever older passphrase fits, written under the one that is to hold from now
// on, or under a key of a key service. The resources stay as they are; one write of the checkpoint tells old from new.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type * as Automation from '@pulumi/pulumi/automation/index.js'
import { OperationFault } from '../../api/faults/fault.ts'
import { openSecrets } from '../embedded/state/secrets.ts'
import type { EngineSettings } from '../operation.ts'

/** The stack, opened under a passphrase. */
export type OpenStack = (passphrase: string) => Promise<Automation.Stack>

export async function reseal(
  open: OpenStack,
  { passphrase, older = [], secretsProvider }: EngineSettings,
): Promise<void> {
  const { stack, exported } = await openedByAny(open, older)
  if (secretsProvider !== undefined) {
    await changeSecretsProvider(stack, secretsProvider)
    return
  }
  const { salt } = await openSecrets(passphrase)
  const sealed = await open(passphrase)
  // Exported with its secrets in the clear; the provider that the deployment names is the one that seals it again.
  const deployment = {
    ...exported.deployment,
    secrets_providers: { type: 'passphrase', state: { salt } },
  }
  await sealed.importStack({ ...exported, deployment })
}

async function openedByAny(open: OpenStack, passphrases: readonly string[]) {
  for (const passphrase of passphrases) {
    const stack = await open(passphrase)
    try {
      return { stack, exported: await stack.exportStack() }
    } catch (error) {
      if (!isWrongPassphrase(error)) throw error
    }
  }
  throw new OperationFault({
    code: 'WrongPassphrase',
    message: 'neither the passphrase of the worker nor the one before it opens the stack',
    action:
      'Give the worker the passphrase that the stack was made with, as state.passphraseSecret.previousKey.',
    retryable: false,
  })
}

const isWrongPassphrase = (error: unknown) =>
  error instanceof Error && error.message.includes('incorrect passphrase')

/** The Automation API has no call for this. */
async function changeSecretsProvider(stack: Automation.Stack, provider: string): Promise<void> {
  const { workDir, envVars } = stack.workspace
  await promisify(execFile)(
    'pulumi',
    ['stack', 'change-secrets-provider', provider, '--stack', stack.name, '--non-interactive'],
    { cwd: workDir, env: { ...process.env, ...envVars } },
  )
}

// Opens what a command works on: project, backend, stack, its secrets and its config.
import { readFile } from 'node:fs/promises'
import type { CommandContext } from './context.ts'
import { openFileBackend, type FileBackend, type StackRef } from '../state/file-backend.ts'
import { openSecrets, type Secrets } from '../state/secrets.ts'
import { readProject, readStackConfig, writeStackConfig, type StackConfig } from './stack-config.ts'

export type NamedStack = { backend: FileBackend; ref: StackRef }

export async function openProject(
  context: CommandContext,
): Promise<{ backend: FileBackend; project: string }> {
  const project = await readProject(context.cwd)
  const url = context.env['PULUMI_BACKEND_URL'] ?? project.backendUrl
  if (url === undefined) throw new Error('no backend: set PULUMI_BACKEND_URL')
  let backend = context.backends.get(url)
  if (!backend) context.backends.set(url, (backend = openFileBackend(url)))
  return { backend: await backend, project: project.name }
}

/** An existing stack, or the error that the SDK knows. */
export async function existingStack(
  context: CommandContext,
  name: string | undefined,
): Promise<NamedStack> {
  if (name === undefined || name === '') throw new Error('no stack given: use --stack')
  const { backend, project } = await openProject(context)
  const ref = { project, stack: shortName(project, name) }
  if (!(await backend.exists(ref))) throw new Error(`no stack named '${name}' found`)
  return { backend, ref }
}

/** NAME or organization/PROJECT/NAME. */
export function shortName(project: string, name: string): string {
  const parts = name.split('/')
  const stack = parts.at(-1) ?? ''
  const fits =
    parts.length === 1 ||
    (parts.length === 3 && parts[0] === 'organization' && parts[1] === project)
  if (!fits || !/^[a-zA-Z0-9._-]{1,100}$/.test(stack)) {
    throw new Error(
      `invalid stack name '${name}': use at most 100 letters, digits, dots, dashes and underscores`,
    )
  }
  return stack
}

/** Salt of the state first, then of the config file; a new stack starts a new one. */
export async function stackSecrets(
  context: CommandContext,
  o: { ref: StackRef; stateSalt: string | undefined },
): Promise<Secrets> {
  const config = await readStackConfig(context.cwd, o.ref.stack)
  const salt = o.stateSalt ?? config.encryptionsalt
  const known = salt === undefined ? undefined : context.opened.get(salt)
  if (known) return known
  const opening = openSecrets(await passphraseOf(context.env), salt)
  // The next command finds a new salt in the state.
  context.opened.set(salt ?? (await opening).salt, opening)
  return opening
}

export async function openSecretsOf(
  context: CommandContext,
  session: NamedStack,
): Promise<Secrets> {
  const deployment = await session.backend.load(session.ref)
  const provider = deployment.secrets_providers
  if (provider && provider.type !== 'passphrase') {
    throw new Error(
      `the embedded engine knows the passphrase secrets provider only, not ${provider.type}`,
    )
  }
  return stackSecrets(context, { ref: session.ref, stateSalt: provider?.state?.salt })
}

/** Config of the working directory; the salt of the state is written there when it is missing, as the official CLI does. */
export async function openConfig(
  context: CommandContext,
  o: { stack: string; secrets: Secrets },
): Promise<StackConfig> {
  const config = await readStackConfig(context.cwd, o.stack)
  if (config.encryptionsalt === o.secrets.salt) return config
  const next = { ...config, encryptionsalt: o.secrets.salt }
  await writeStackConfig({ workDir: context.cwd, stack: o.stack }, next)
  return next
}

async function passphraseOf(env: Record<string, string | undefined>): Promise<string> {
  const passphrase = env['PULUMI_CONFIG_PASSPHRASE']
  if (passphrase !== undefined) return passphrase
  const file = env['PULUMI_CONFIG_PASSPHRASE_FILE']
  if (file !== undefined) return (await readFile(file, 'utf8')).trimEnd()
  throw new Error(
    'passphrase must be set with PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE',
  )
}

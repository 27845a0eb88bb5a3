// stack init | select | ls | rm | output | history | export | import, cancel and whoami.
import { readFile } from 'node:fs/promises'
import { parseArguments, type FlagTable } from './arguments.ts'
import type { Command, CommandContext } from './context.ts'
import { readHistory } from './history-view.ts'
import { clearLocks, lock } from '../state/locks.ts'
import { reveal } from '../state/secrets.ts'
import {
  openConfig,
  openProject,
  openSecretsOf,
  existingStack,
  stackSecrets,
  shortName,
  type NamedStack,
} from './session.ts'
import { removeStackConfig } from './stack-config.ts'
import {
  readDeployment,
  writeDeployment,
  type Deployment,
  type ResourceRecord,
} from '../state/state.ts'
import { stackType } from '../state/urn.ts'
import { userName } from '../../user.ts'
import { hasSecret, mapProps, plain } from '../values/values.ts'

const flags = (table: Partial<FlagTable>): FlagTable => ({
  switches: table.switches ?? [],
  values: table.values ?? [],
})
const json = (value: unknown) => JSON.stringify(value, undefined, 2)

export const stackCommands: Record<string, Command> = {
  async 'stack init'(args, context) {
    const { words, value } = parseArguments(
      args,
      flags({ switches: ['no-select'], values: ['secrets-provider'] }),
    )
    const provider = value('secrets-provider') ?? 'passphrase'
    if (provider !== 'passphrase' && provider !== 'default')
      throw new Error(
        `the embedded engine knows the passphrase secrets provider only, not ${provider}`,
      )
    const { backend, project } = await openProject(context)
    const ref = { project, stack: shortName(project, words[0] ?? value('stack') ?? '') }
    await using _lock = await lock(backend.locksOf(ref))
    if (await backend.exists(ref))
      throw new Error(`stack 'organization/${project}/${ref.stack}' already exists`)
    const secrets = await stackSecrets(context, { ref, stateSalt: undefined })
    await backend.save(ref, writeDeployment({ resources: [], pending: [] }, secrets))
    await openConfig(context, { stack: ref.stack, secrets })
    return `Created stack '${ref.stack}'`
  },

  async 'stack select'(args, context) {
    const { words, value } = parseArguments(args, flags({}))
    await existingStack(context, words[0] ?? value('stack'))
    return ''
  },

  async 'stack ls'(args, context) {
    parseArguments(args, flags({ switches: ['json', 'all'] }))
    const { backend, project } = await openProject(context)
    const stacks = []
    for (const stack of await backend.list(project)) {
      const { resources = [] } = await backend.load({ project, stack })
      const [last] = await backend.history({ project, stack }, { limit: 1 })
      const lastUpdate = last && new Date(last.endTime * 1000).toISOString()
      stacks.push({
        name: stack,
        current: false,
        ...(lastUpdate ? { lastUpdate } : {}),
        resourceCount: resources.length,
      })
    }
    return json(stacks)
  },

  async 'stack rm'(args, context) {
    const { words, value, has } = parseArguments(
      args,
      flags({ switches: ['force', 'preserve-config'] }),
    )
    const { backend, ref } = await existingStack(context, words[0] ?? value('stack'))
    await using _lock = await lock(backend.locksOf(ref))
    const { resources = [] } = await backend.load(ref)
    const left = resources.filter((resource) => resource['type'] !== stackType)
    if (left.length > 0 && !has('force'))
      throw new Error(
        `'${ref.stack}' still has resources; removal rejected. Possible actions: destroy them or use --force`,
      )
    await backend.remove(ref)
    if (!has('preserve-config')) await removeStackConfig(context.cwd, ref.stack)
    return `Stack '${ref.stack}' has been removed!`
  },

  async 'stack output'(args, context) {
    const { value, has } = parseArguments(args, flags({ switches: ['json', 'show-secrets'] }))
    const session = await existingStack(context, value('stack'))
    const outputs = (await stackRecord(context, session))?.outputs ?? {}
    if (has('show-secrets')) return json(plain(outputs))
    return json(mapProps(outputs, (output) => (hasSecret(output) ? '[secret]' : output)))
  },

  async 'stack history'(args, context) {
    const table = flags({
      switches: ['json', 'show-secrets', 'full-dates'],
      values: ['page-size', 'page'],
    })
    const { value, has } = parseArguments(args, table)
    const session = await existingStack(context, value('stack'))
    const page = { size: Number(value('page-size') ?? 10), number: Number(value('page') ?? 1) }
    const secrets = has('show-secrets') ? () => openSecretsOf(context, session) : undefined
    return json(await readHistory(session, { page, secrets }))
  },

  async 'stack export'(args, context) {
    const { value, has } = parseArguments(args, flags({ switches: ['show-secrets'] }))
    const session = await existingStack(context, value('stack'))
    const deployment = await session.backend.load(session.ref)
    if (!has('show-secrets')) return json({ version: 3, deployment })
    const secrets = await openSecretsOf(context, session)
    const state = readDeployment(deployment, secrets)
    const shown: Deployment = {
      ...deployment,
      resources: state.resources.map((record) => mapProps(record, reveal)),
    }
    if (state.pending.length > 0) {
      shown.pending_operations = state.pending.map(({ resource, type }) => ({
        type,
        resource: mapProps(resource, reveal),
      }))
    }
    return json({ version: 3, deployment: shown })
  },

  async 'stack import'(args, context) {
    const { value } = parseArguments(args, flags({ switches: ['force'], values: ['file'] }))
    const { backend, ref } = await existingStack(context, value('stack'))
    await using _lock = await lock(backend.locksOf(ref))
    // What `stack export` wrote; readDeployment checks it.
    const file = JSON.parse(await readFile(value('file') ?? '', 'utf8')) as {
      version: number
      deployment: Deployment
    }
    if (file.version !== 3)
      throw new Error(`the embedded engine imports deployments of version 3, not ${file.version}`)
    // As the official CLI has it: what the deployment names seals the stack from now on.
    const stateSalt = file.deployment.secrets_providers?.state?.salt
    const secrets = await (stateSalt === undefined
      ? openSecretsOf(context, { backend, ref })
      : stackSecrets(context, { ref, stateSalt }))
    const state = readDeployment(file.deployment, secrets)
    await backend.backUp(ref)
    await backend.save(ref, writeDeployment(state, secrets))
    return 'Import complete.'
  },

  async cancel(args, context) {
    const { words, value } = parseArguments(args, flags({}))
    const { backend, ref } = await existingStack(context, value('stack') ?? words[0])
    await clearLocks(backend.locksOf(ref))
    return `The currently running update for '${ref.stack}' has been canceled!`
  },

  async whoami(args, context) {
    const { has } = parseArguments(args, flags({ switches: ['json', 'verbose'] }))
    const { backend } = await openProject(context)
    const user = userName()
    return has('json') ? json({ user, url: backend.url }) : user
  },
}

async function stackRecord(
  context: CommandContext,
  session: NamedStack,
): Promise<ResourceRecord | undefined> {
  const deployment = await session.backend.load(session.ref)
  const root = (deployment.resources ?? []).filter((record) => record['type'] === stackType)
  const needed = { ...deployment, resources: root, pending_operations: [] }
  return readDeployment(needed, await openSecretsOf(context, session)).resources[0]
}

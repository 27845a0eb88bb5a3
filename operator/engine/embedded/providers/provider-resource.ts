// Provider resources: explicit ones of the program, and the default one of each package, made when first needed.
import type { Goal } from '../run/goal.ts'
import { findOld } from '../state/match.ts'
import {
  configurationOf,
  defaultProviderInputs,
  defaultProviderName,
  newProviderId,
  type ProviderRequest,
} from './providers.ts'
import type { Props } from '../values/props.ts'
import { recordFrom, timesOf } from '../state/record.ts'
import { count, type Update } from '../run/run.ts'
import type { ResourceRecord } from '../state/state.ts'
import { packageOf, providerRef, urnOf } from '../state/urn.ts'
import { changedKeys, equal, hasUnknown, secretOf, unknownValue } from '../values/values.ts'

/** Reference of the provider that a resource uses. */
export async function providerRefOf(run: Update, goal: Goal): Promise<string> {
  const request = {
    package: packageOf(goal.type),
    version: goal.version,
    url: goal.pluginDownloadURL,
  }
  return goal.provider || goal.providers[request.package] || defaultProvider(run, request)
}

export function defaultProvider(run: Update, request: ProviderRequest): Promise<string> {
  const key = `${request.package}@${request.version}@${request.url}`
  let ref = run.defaults.get(key)
  if (!ref) run.defaults.set(key, (ref = registerDefault(run, request)))
  return ref
}

async function registerDefault(run: Update, request: ProviderRequest): Promise<string> {
  const secretKeys = new Set(run.config.secretKeys)
  const inputs = defaultProviderInputs({
    request,
    config: run.config.values,
    secret: (key, value) => (secretKeys.has(key) ? secretOf(value) : value),
  })
  const type = `pulumi:providers:${request.package}`
  const name = defaultProviderName(request)
  const urn = urnOf({ stack: run.stack, project: run.project, type, name })
  const record = await registerProvider(run, defaultGoal(type, name, inputs), urn)
  run.registered.set(urn, { record })
  return providerRef({ urn, id: record.id ?? '' })
}

const defaultGoal = (type: string, name: string, inputs: Props): Goal => ({
  type,
  name,
  inputs,
  custom: true,
  remote: false,
  parent: '',
  provider: '',
  providers: {},
  version: '',
  pluginDownloadURL: '',
  dependencies: [],
  propertyDependencies: {},
  ignoreChanges: [],
  replaceOnChanges: [],
  additionalSecretOutputs: [],
  aliases: [],
  importId: '',
  deletedWith: '',
  protect: undefined,
  retainOnDelete: undefined,
  deleteBeforeReplace: undefined,
  customTimeouts: undefined,
})

export async function registerProvider(
  run: Update,
  goal: Goal,
  urn: string,
): Promise<ResourceRecord> {
  const old = findOld(run, goal, urn)
  const inputs = await checkConfig(run, { urn, old, inputs: withPlugin(goal) })
  const record = recordFrom(goal, { urn, inputs })
  record.outputs = configurationOf(record)
  const change = old ? await configChange(run, old, record) : 'create'
  record.id =
    change === 'update' || change === 'same'
      ? (old?.id ?? '')
      : run.dryRun
        ? unknownValue
        : newProviderId()
  Object.assign(record, timesOf(old, change === 'replace' ? 'create' : change))
  const op = change === 'replace' ? 'create-replacement' : change
  run.events.starts({ op, urn, old, new: record })
  await run.providers.configure(record)
  if (change === 'replace' && old) {
    run.checkpoint.swap({ ...old, delete: true }, old)
    run.checkpoint.finish(record)
  } else run.checkpoint.finish(record, old)
  run.events.ends({ op, urn, old, new: record })
  count(run, change, urn)
  return record
}

/** Which plugin it is belongs to the inputs of a provider, so that the state alone can start it again. */
function withPlugin({ inputs, version, pluginDownloadURL }: Goal): Props {
  const plugin: Props = {}
  if (version !== '') plugin['version'] = version
  if (pluginDownloadURL !== '') plugin['pluginDownloadURL'] = pluginDownloadURL
  return { ...inputs, ...plugin }
}

async function checkConfig(
  run: Update,
  o: { urn: string; old: ResourceRecord | undefined; inputs: Props },
): Promise<Props> {
  if (hasUnknown(o.inputs)) return o.inputs
  const provider = await run.providers.load(o)
  if (!provider.checkConfig) return o.inputs
  const { inputs, failures } = await provider.checkConfig(
    o.urn,
    configurationOf(o.old ?? {}),
    o.inputs,
  )
  if (failures?.length)
    throw new Error(failures.map((failure) => `${failure.property}: ${failure.reason}`).join('; '))
  return inputs
}

async function configChange(
  run: Update,
  old: ResourceRecord,
  record: ResourceRecord,
): Promise<'same' | 'update' | 'replace'> {
  const olds = configurationOf(old)
  const news = configurationOf(record)
  if (equal(olds, news)) return 'same'
  if (hasUnknown(news)) return 'update'
  const provider = await run.providers.load(record)
  const diff = await provider.diffConfig?.(record.urn, olds, news)
  if (diff?.replaces?.length) return 'replace'
  const changes = diff?.changes ?? changedKeys(olds, news).length > 0
  return changes ? 'update' : 'same'
}

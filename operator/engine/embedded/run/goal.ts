// What the program wants of one resource: RegisterResourceRequest, read once and lowered to plain values.
import type { RegisterResourceRequest } from '@pulumi/pulumi/proto/resource_pb.js'
import type { Alias } from '@pulumi/pulumi/proto/alias_pb.js'
import { entriesOf, fromStruct } from '../wire/protocol.ts'
import type { Props } from '../values/props.ts'
import type { Timeouts } from '../state/state.ts'
import { lowerOutputs, withoutNulls } from '../values/values.ts'

export type AliasSpec =
  | { urn: string }
  | {
      name?: string
      type?: string
      stack?: string
      project?: string
      parent?: string
      noParent?: boolean
    }

export type Goal = {
  type: string
  name: string
  custom: boolean
  remote: boolean
  parent: string
  inputs: Props
  dependencies: string[]
  propertyDependencies: Record<string, string[]>
  provider: string
  providers: Record<string, string>
  version: string
  pluginDownloadURL: string
  protect: boolean | undefined
  retainOnDelete: boolean | undefined
  deletedWith: string
  deleteBeforeReplace: boolean | undefined
  ignoreChanges: string[]
  replaceOnChanges: string[]
  additionalSecretOutputs: string[]
  aliases: AliasSpec[]
  importId: string
  customTimeouts: Timeouts | undefined
}

export function readGoal(request: RegisterResourceRequest): Goal {
  const { inputs, dependencies, propertyDependencies } = readInputs(request)
  return {
    type: request.getType(),
    name: request.getName(),
    custom: request.getCustom(),
    remote: request.getRemote(),
    parent: request.getParent(),
    inputs,
    dependencies,
    propertyDependencies,
    provider: request.getProvider(),
    providers: Object.fromEntries(entriesOf(request.getProvidersMap())),
    version: request.getVersion(),
    pluginDownloadURL: request.getPlugindownloadurl(),
    protect: request.hasProtect() ? request.getProtect() : undefined,
    retainOnDelete: request.hasRetainondelete() ? request.getRetainondelete() : undefined,
    deletedWith: request.getDeletedwith(),
    deleteBeforeReplace: request.getDeletebeforereplacedefined()
      ? request.getDeletebeforereplace()
      : undefined,
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    aliases: [
      ...request.getAliasesList().map(readAlias),
      ...request.getAliasurnsList().map((urn) => ({ urn })),
    ],
    importId: request.getImportid(),
    customTimeouts: readTimeouts(request.getCustomtimeouts()),
  }
}

/** Dependencies come as lists and inside output values; they are joined, by property and for the resource. */
function readInputs(request: RegisterResourceRequest) {
  const all = new Set(request.getDependenciesList())
  const byProperty: Record<string, string[]> = {}
  const inputs: Props = {}
  for (const [key, value] of Object.entries(withoutNulls(fromStruct(request.getObject())))) {
    const own = new Set(request.getPropertydependenciesMap().get(key)?.getUrnsList() ?? [])
    inputs[key] = lowerOutputs(value, own)
    byProperty[key] = [...own]
    for (const urn of own) all.add(urn)
  }
  return { inputs: withoutNulls(inputs), dependencies: [...all], propertyDependencies: byProperty }
}

function readAlias(alias: Alias): AliasSpec {
  const spec = alias.getSpec()
  if (!spec) return { urn: alias.getUrn() }
  return {
    name: spec.getName(),
    type: spec.getType(),
    stack: spec.getStack(),
    project: spec.getProject(),
    parent: spec.getParenturn(),
    noParent: spec.getNoparent(),
  }
}

function readTimeouts(
  timeouts: RegisterResourceRequest.CustomTimeouts | undefined,
): Timeouts | undefined {
  if (!timeouts) return undefined
  const result: Timeouts = {}
  const texts = {
    create: timeouts.getCreate(),
    update: timeouts.getUpdate(),
    delete: timeouts.getDelete(),
    read: timeouts.getRead(),
  }
  for (const [name, text] of Object.entries(texts)) {
    // The keys are those of Timeouts.
    if (text !== '') result[name as keyof Timeouts] = parseDuration(text)
  }
  return Object.keys(result).length > 0 ? result : undefined
}

const unitSeconds: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001, us: 1e-6, ns: 1e-9 }

/** Go's durations: 1h30m, 90s, 1.5h. */
export function parseDuration(text: string): number {
  if (!/^(\d+(\.\d+)?(h|ms|us|ns|m|s))+$/.test(text))
    throw new Error(`invalid timeout "${text}": write it as 30m or 90s`)
  let seconds = 0
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(h|ms|us|ns|m|s)/g)) {
    seconds += Number(amount) * (unitSeconds[unit ?? 's'] ?? 1)
  }
  return seconds
}

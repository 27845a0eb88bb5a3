// The gRPC side of providers: stubs and small conversions that the plugin client and the plugin server share.
import aliasPb from '@pulumi/pulumi/proto/alias_pb.js'
import pluginPb from '@pulumi/pulumi/proto/plugin_pb.js'
import providerPb from '@pulumi/pulumi/proto/provider_pb.js'
import providerGrpc from '@pulumi/pulumi/proto/provider_grpc_pb.js'
import { entriesOf, fromStruct, toStruct } from './protocol.ts'
import type { Checked, CheckFailure, DiffResult } from '../providers/provider.ts'
import type { Props } from '../values/props.ts'

export const messages = { ...providerPb, Alias: aliasPb.Alias, PluginInfo: pluginPb.PluginInfo }
export const ProviderService = providerGrpc.ResourceProviderService
export const ProviderClient = providerGrpc.ResourceProviderClient

export type Message<Name extends keyof typeof messages> = (typeof messages)[Name] extends new (
  ...args: never[]
) => infer T
  ? T
  : never

/** Writes values as a plugin takes them: it may know nothing of secrets. */
export type Give = (props: Props) => ReturnType<typeof toStruct>

type DiffResponse = Message<'DiffResponse'>
type PropertyDiffKind =
  (typeof providerPb.PropertyDiff.Kind)[keyof typeof providerPb.PropertyDiff.Kind]
const { Kind } = providerPb.PropertyDiff
const replacing: PropertyDiffKind[] = [Kind.ADD_REPLACE, Kind.DELETE_REPLACE, Kind.UPDATE_REPLACE]
const { DiffChanges } = providerPb.DiffResponse

export function readDiff(response: DiffResponse): DiffResult {
  const detailed = entriesOf(response.getDetaileddiffMap())
  const forced = detailed
    .filter(([, diff]) => replacing.includes(diff.getKind()))
    .map(([path]) => path)
  const replaces = [...new Set([...response.getReplacesList(), ...forced])]
  const diffs = [...new Set([...response.getDiffsList(), ...detailed.map(([path]) => path)])]
  const result: DiffResult = {
    replaces,
    stables: response.getStablesList(),
    deleteBeforeReplace: response.getDeletebeforereplace(),
  }
  if (diffs.length > 0) result.diffs = diffs
  if (response.getChanges() === DiffChanges.DIFF_SOME) result.changes = true
  if (response.getChanges() === DiffChanges.DIFF_NONE) result.changes = false
  return result
}

export function writeDiff(diff: DiffResult): DiffResponse {
  const known = diff.changes ? DiffChanges.DIFF_SOME : DiffChanges.DIFF_NONE
  return new providerPb.DiffResponse()
    .setChanges(diff.changes === undefined ? DiffChanges.DIFF_UNKNOWN : known)
    .setReplacesList(diff.replaces ?? [])
    .setDiffsList(diff.diffs ?? [])
    .setStablesList(diff.stables ?? [])
    .setDeletebeforereplace(diff.deleteBeforeReplace ?? false)
}

export const readChecked = (response: Message<'CheckResponse'>): Checked => ({
  inputs: fromStruct(response.getInputs()),
  failures: readFailures(response.getFailuresList()),
})

export const writeChecked = ({ inputs, failures }: Checked): Message<'CheckResponse'> =>
  new messages.CheckResponse().setInputs(toStruct(inputs)).setFailuresList(writeFailures(failures))

type Failures = Message<'CheckFailure'>[]

export const readFailures = (failures: Failures): CheckFailure[] =>
  failures.map((one) => ({ property: one.getProperty(), reason: one.getReason() }))

export const writeFailures = (failures: readonly CheckFailure[] = []): Failures =>
  failures.map(({ property, reason }) =>
    new providerPb.CheckFailure().setProperty(property).setReason(reason),
  )

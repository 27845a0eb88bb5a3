// The gRPC side of providers: stubs and small conversions that the plugin client and the plugin server share.
import statusPb from '@pulumi/pulumi/proto/status_pb.js'
import pluginPb from '@pulumi/pulumi/proto/plugin_pb.js'
import providerPb from '@pulumi/pulumi/proto/provider_pb.js'
import providerGrpc from '@pulumi/pulumi/proto/provider_grpc_pb.js'
import anyPb from 'google-protobuf/google/protobuf/any_pb.js'
import { Metadata } from '@grpc/grpc-js'
import { entriesOf, fromStruct, toStruct } from './protocol.ts'
import { InitError, type CheckFailure, type DiffResult } from './provider.ts'

export const messages = { ...providerPb, PluginInfo: pluginPb.PluginInfo }
export const ProviderService = providerGrpc.ResourceProviderService
export const ProviderClient = providerGrpc.ResourceProviderClient

type DiffResponse = InstanceType<typeof providerPb.DiffResponse>
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

type Failures = InstanceType<typeof providerPb.CheckFailure>[]

export const readFailures = (failures: Failures): CheckFailure[] =>
  failures.map((one) => ({ property: one.getProperty(), reason: one.getReason() }))

export const writeFailures = (failures: readonly CheckFailure[] = []): Failures =>
  failures.map(({ property, reason }) =>
    new providerPb.CheckFailure().setProperty(property).setReason(reason),
  )

const detailsKey = 'grpc-status-details-bin'
const initFailedType = 'type.googleapis.com/pulumirpc.ErrorResourceInitFailed'

/** A gRPC error of a plugin; when the resource exists but is not healthy, as InitError. */
export function readError(error: unknown): unknown {
  if (!(error instanceof Error) || !('metadata' in error) || !(error.metadata instanceof Metadata))
    return error
  const [bytes] = error.metadata.get(detailsKey)
  if (!(bytes instanceof Buffer)) return error
  const [detail] = statusPb.Status.deserializeBinary(bytes).getDetailsList()
  if (detail?.getTypeUrl() !== initFailedType) return error
  const failed = providerPb.ErrorResourceInitFailed.deserializeBinary(detail.getValue_asU8())
  return new InitError(error.message, {
    id: failed.getId(),
    properties: fromStruct(failed.getProperties()),
    reasons: failed.getReasonsList(),
  })
}

/** InitError as the official engine takes it. */
export function writeInitError(error: InitError): Metadata {
  const failed = new providerPb.ErrorResourceInitFailed()
    .setId(error.id)
    .setProperties(toStruct(error.properties))
    .setReasonsList(error.reasons)
  const detail = new anyPb.Any()
  detail.setTypeUrl(initFailedType)
  detail.setValue(failed.serializeBinary())
  const status = new statusPb.Status().setCode(2).setMessage(error.message).setDetailsList([detail])
  const metadata = new Metadata()
  metadata.set(detailsKey, Buffer.from(status.serializeBinary()))
  return metadata
}

// One call between an engine and a provider plugin, at both ends, with the errors that pass it: the plugin client calls,
// the plugin server answers.
import statusPb from '@pulumi/pulumi/proto/status_pb.js'
import providerPb from '@pulumi/pulumi/proto/provider_pb.js'
import anyPb from 'google-protobuf/google/protobuf/any_pb.js'
import { Metadata, type MethodDefinition } from '@grpc/grpc-js'
import { fromStruct, grpc, toStruct, unary } from './protocol.ts'
import type { ProviderClient } from './provider-protocol.ts'
import { InitError } from '../providers/provider.ts'

export type Client = InstanceType<typeof ProviderClient>

/** By the method's definition: the client's own overloads hide the type of the answer. */
export function call<Request, Response>(
  client: Client,
  method: MethodDefinition<Request, Response>,
  request: Request,
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const { path, requestSerialize, responseDeserialize } = method
    client.makeUnaryRequest(
      path,
      requestSerialize,
      responseDeserialize,
      request,
      (error, response) => {
        if (error || response === undefined) reject(readError(error))
        else resolve(response)
      },
    )
  })
}

/** What a plugin may leave out. */
export async function optional<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === grpc.status.UNIMPLEMENTED)
      return undefined
    throw error
  }
}

/** The one error that says more than its text: a resource that is there, and not yet as it should be. */
export const providerMethod = <Request, Response>(
  handle: (request: Request) => Promise<Response> | Response,
) => unary(handle, (error) => (error instanceof InitError ? writeInitError(error) : undefined))

const detailsKey = 'grpc-status-details-bin'
const initFailedType = 'type.googleapis.com/pulumirpc.ErrorResourceInitFailed'

/** A gRPC error of a plugin; when the resource exists but is not healthy, as InitError. */
export function readError(error: unknown): unknown {
  if (!(error instanceof Error) || !('metadata' in error) || !(error.metadata instanceof Metadata))
    return error
  // The client puts the number and the name of the status before what the plugin said.
  if ('details' in error && typeof error.details === 'string') error.message = error.details
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

// The one door to the SDK's generated gRPC stubs. They are undocumented deep imports, so the SDK's version is pinned
// exactly and test/unit/engine/embedded/wire/protocol.test.ts holds what is used here.
import grpcModule, { type Metadata, type sendUnaryData, type ServerUnaryCall } from '@grpc/grpc-js'
import emptyPb from 'google-protobuf/google/protobuf/empty_pb.js'
import structPb from 'google-protobuf/google/protobuf/struct_pb.js'
import enginePb from '@pulumi/pulumi/proto/engine_pb.js'
import engineGrpc from '@pulumi/pulumi/proto/engine_grpc_pb.js'
import eventsPb from '@pulumi/pulumi/proto/events_pb.js'
import eventsGrpc from '@pulumi/pulumi/proto/events_grpc_pb.js'
import languagePb from '@pulumi/pulumi/proto/language_pb.js'
import languageGrpc from '@pulumi/pulumi/proto/language_grpc_pb.js'
import resourcePb from '@pulumi/pulumi/proto/resource_pb.js'
import resourceGrpc from '@pulumi/pulumi/proto/resource_grpc_pb.js'
import type { Props } from '../values/props.ts'

export const grpc = grpcModule
export const pb = {
  empty: emptyPb,
  engine: enginePb,
  events: eventsPb,
  language: languagePb,
  resource: resourcePb,
}
export const grpcServices = {
  engine: engineGrpc.EngineService,
  monitor: resourceGrpc.ResourceMonitorService,
}
export const clients = {
  Events: eventsGrpc.EventsClient,
  Language: languageGrpc.LanguageRuntimeClient,
}

const maxMessageBytes = 400 * 1024 * 1024
export const channelOptions = {
  'grpc.max_receive_message_length': maxMessageBytes,
  'grpc.max_send_message_length': maxMessageBytes,
  'grpc.server_max_unrequested_time_in_server': 1800,
}

type Struct = InstanceType<typeof structPb.Struct>

export function fromStruct(struct: Struct | undefined): Props {
  // An unset Struct is undefined; toJavaScript() of a set one is a plain object.
  return struct ? (struct.toJavaScript() as Props) : {}
}

export function toStruct(props: Props): Struct {
  // withoutUndefined leaves JSON values only, which is what fromJavaScript takes.
  return structPb.Struct.fromJavaScript(
    withoutUndefined(props) as Parameters<typeof structPb.Struct.fromJavaScript>[0],
  )
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutUndefined(item) ?? null)
  if (typeof value !== 'object' || value === null) return value
  const kept: Props = {}
  for (const [key, item] of Object.entries(value)) {
    if (item !== undefined) kept[key] = withoutUndefined(item)
  }
  return kept
}

export type ProtoMap<V> = { forEach(visit: (value: V, key: string) => void): void }

/** Of a protobuf map; its own toArray() answers raw arrays where the values are messages. */
export function entriesOf<V>(map: ProtoMap<V>): [string, V][] {
  const entries: [string, V][] = []
  map.forEach((value, key) => entries.push([key, value]))
  return entries
}

/** An address that clients of grpc-js understand, for a socket in a private directory. */
export const socketAddress = (path: string) => `unix:${path}`

/** The text of an error without grpc's "13 INTERNAL: " in front of it. */
export function errorText(error: unknown): string {
  if (error instanceof Error && 'details' in error && typeof error.details === 'string') {
    if (error.details !== '') return error.details
  }
  return error instanceof Error ? error.message : String(error)
}

/** A gRPC method from a plain function. An error reaches the caller by its text, and by what `metadataOf` says of it. */
export function unary<Request, Response>(
  handle: (request: Request) => Promise<Response> | Response,
  metadataOf?: (error: unknown) => Metadata | undefined,
) {
  const answer = async (request: Request, callback: sendUnaryData<Response>) => {
    let response: Response
    try {
      response = await handle(request)
    } catch (error) {
      const metadata = metadataOf?.(error)
      const status = { code: grpc.status.UNKNOWN, details: errorText(error) }
      callback({ ...status, ...(metadata && { metadata }) })
      return
    }
    callback(null, response)
  }
  return (call: ServerUnaryCall<Request, Response>, callback: sendUnaryData<Response>) => {
    void answer(call.request, callback)
  }
}

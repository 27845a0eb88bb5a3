// A ResourceMonitor that writes down what a remote component registers and answers as an engine would: no provider is
// called, outputs are the inputs and what the test says a type adds. Speaks Pulumi's own protocol over a loopback port.
import * as grpc from '@grpc/grpc-js'
import { EngineService } from '@pulumi/pulumi/proto/engine_grpc_pb.js'
import { ResourceMonitorService } from '@pulumi/pulumi/proto/resource_grpc_pb.js'
import resource from '@pulumi/pulumi/proto/resource_pb.js'
import empty from 'google-protobuf/google/protobuf/empty_pb.js'
import struct from 'google-protobuf/google/protobuf/struct_pb.js'

export type Registration = {
  type: string
  name: string
  parent: string
  inputs: Record<string, unknown>
  ignoreChanges: string[]
}

type Unary<Req, Res> = grpc.handleUnaryCall<Req, Res>
type Value = { [key: string]: struct.JavaScriptValue }

const urnOf = (type: string, name: string) => `urn:pulumi:dev::test::${type}::${name}`

export async function recordingMonitor(o: {
  /** What a type has beside its inputs once it exists. */
  outputs: Record<string, Value>
  /** Existing resources by URN. */
  existing: Record<string, { id: string; state: Value }>
}) {
  const registrations: Registration[] = []
  const register: Unary<resource.RegisterResourceRequest, resource.RegisterResourceResponse> = (
    { request },
    done,
  ) => {
    const inputs = request.getObject()?.toJavaScript() ?? {}
    registrations.push({
      type: request.getType(),
      name: request.getName(),
      parent: request.getParent(),
      inputs,
      ignoreChanges: request.getIgnorechangesList(),
    })
    const answer = new resource.RegisterResourceResponse()
    answer.setUrn(urnOf(request.getType(), request.getName()))
    if (request.getCustom()) answer.setId(`${request.getName()}-id`)
    const outputs = { ...inputs, ...o.outputs[request.getType()] } as Value // JSON from the wire
    answer.setObject(struct.Struct.fromJavaScript(outputs))
    done(null, answer)
  }
  const invoke: Unary<resource.ResourceInvokeRequest, resource.ResourceInvokeResponse> = (
    { request },
    done,
  ) => {
    const urn = request.getArgs()?.getFieldsMap().get('urn')?.getStringValue() ?? ''
    const found = o.existing[urn]
    const answer = new resource.ResourceInvokeResponse()
    if (found) answer.setReturn(struct.Struct.fromJavaScript({ urn, ...found }))
    done(found ? null : { code: grpc.status.NOT_FOUND, details: urn }, answer)
  }
  const nothing: Unary<unknown, empty.Empty> = (_call, done) => done(null, new empty.Empty())
  const info: Unary<empty.Empty, resource.DeploymentInfo> = (_call, done) => {
    const answer = new resource.DeploymentInfo()
    answer.setSupportedfeaturesList([0, 1, 2, 3, 5])
    done(null, answer)
  }

  const server = new grpc.Server()
  server.addService(
    ResourceMonitorService as unknown as grpc.ServiceDefinition, // generated, with looser types
    {
      registerResource: register,
      registerResourceOutputs: nothing,
      invoke,
      getDeploymentInfo: info,
    } as unknown as grpc.UntypedServiceImplementation,
  )
  server.addService(
    EngineService as unknown as grpc.ServiceDefinition,
    {
      log: nothing,
    } as unknown as grpc.UntypedServiceImplementation,
  )
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  )
  return {
    address: `127.0.0.1:${port}`,
    registrations,
    stop: () => server.forceShutdown(),
  }
}

// The two gRPC services that a program talks to: ResourceMonitor (its resources) and Engine (its log, its root).
// Both listen on one unix socket in a private directory: a TCP port could be reached by any process of the pod. An inline
// program calls them directly (inline-calls.ts).
import type {
  ReadResourceRequest,
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  ResourceInvokeRequest,
  SupportsFeatureRequest,
} from '@pulumi/pulumi/proto/resource_pb.js'
import type { LogRequest, SetRootResourceRequest } from '@pulumi/pulumi/proto/engine_pb.js'
import { deleteAll, leftOver } from '../run/delete.ts'
import { readGoal } from '../run/goal.ts'
import {
  channelOptions,
  fromStruct,
  grpc,
  pb,
  grpcServices,
  socketAddress,
  toStruct,
  unary,
} from './protocol.ts'
import { invoke, readResource } from '../run/read-resource.ts'
import { register, registerOutputs } from '../run/registration.ts'
import { fail, isStopped, UpdateStopped, type Update } from '../run/run.ts'
import { urnOf } from '../state/urn.ts'
import { lowerOutputs, mapProps } from '../values/values.ts'

const { resource } = pb
const Features = resource.ResourceMonitorFeature
// Not INVOKE_DEPENDS_ON: the SDK then itself holds back functions whose arguments have no ids yet.
const features = [
  Features.RESOURCE_MONITOR_FEATURE_SECRETS,
  Features.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
  Features.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
  Features.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
  Features.RESOURCE_MONITOR_FEATURE_DELETED_WITH,
]
const featureIds = new Set([
  'secrets',
  'resourceReferences',
  'outputValues',
  'aliasSpecs',
  'deletedWith',
])

function monitorOf(run: Update) {
  const empty = () => new pb.empty.Empty()
  return {
    getDeploymentInfo: unary(() => deploymentInfo(run)),
    supportsFeature: unary((request: SupportsFeatureRequest) =>
      new resource.SupportsFeatureResponse().setHassupport(featureIds.has(request.getId())),
    ),
    registerResource: unary((request: RegisterResourceRequest) => answerRegister(run, request)),
    registerResourceOutputs: unary((request: RegisterResourceOutputsRequest) => {
      const outputs = mapProps(fromStruct(request.getOutputs()), (value) =>
        lowerOutputs(value, new Set()),
      )
      registerOutputs(run, request.getUrn(), outputs)
      return empty()
    }),
    readResource: unary((request: ReadResourceRequest) => answerRead(run, request)),
    invoke: unary((request: ResourceInvokeRequest) => answerInvoke(run, request)),
    /** The program has said all it wants: what it no longer wants goes now, before it is let go. */
    signalAndWaitForShutdown: unary(async () => {
      if (!isStopped(run))
        await deleteAll(run, leftOver(run)).catch((error: unknown) => fail(run, error))
      return empty()
    }),
  }
}

function deploymentInfo(run: Update) {
  const info = new resource.DeploymentInfo()
    .setProject(run.project)
    .setStack(run.stack)
    .setOrganization('organization')
    .setDryrun(run.dryRun)
    .setParallel(run.parallel)
    .setConfigsecretkeysList(run.config.secretKeys)
    .setSupportedfeaturesList(features)
  for (const [key, value] of run.config.values) info.getConfigMap().set(key, value)
  return info
}

/**
 * A failed resource and all later ones are answered as failed. An error with the code that the official engine
 * uses would leave outputs pending for ever, and with them the program.
 */
async function answerRegister(run: Update, request: RegisterResourceRequest) {
  const response = new resource.RegisterResourceResponse()
  try {
    const { urn, id, outputs, outputDependencies = {} } = await register(run, readGoal(request))
    for (const [key, urns] of Object.entries(outputDependencies)) {
      const dependencies = new resource.RegisterResourceResponse.PropertyDependencies().setUrnsList(
        urns,
      )
      response.getPropertydependenciesMap().set(key, dependencies)
    }
    return response.setUrn(urn).setId(id).setObject(toStruct(outputs))
  } catch (error) {
    if (!(error instanceof UpdateStopped)) throw error
    const urn = urnOf({
      stack: run.stack,
      project: run.project,
      type: request.getType(),
      name: request.getName(),
      parent: request.getParent(),
    })
    return response.setUrn(urn).setObject(toStruct({})).setResult(resource.Result.FAIL)
  }
}

async function answerRead(run: Update, request: ReadResourceRequest) {
  const record = await readResource(run, {
    type: request.getType(),
    name: request.getName(),
    id: request.getId(),
    parent: request.getParent(),
    inputs: mapProps(fromStruct(request.getProperties()), (value) =>
      lowerOutputs(value, new Set()),
    ),
    dependencies: request.getDependenciesList(),
    provider: request.getProvider(),
    version: request.getVersion(),
    pluginDownloadURL: request.getPlugindownloadurl(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
  })
  return new resource.ReadResourceResponse()
    .setUrn(record.urn)
    .setProperties(toStruct(record.outputs ?? {}))
}

async function answerInvoke(run: Update, request: ResourceInvokeRequest) {
  const args = mapProps(fromStruct(request.getArgs()), (value) => lowerOutputs(value, new Set()))
  const { outputs, failures } = await invoke(run, {
    token: request.getTok(),
    args,
    provider: request.getProvider(),
    version: request.getVersion(),
    pluginDownloadURL: request.getPlugindownloadurl(),
  })
  const response = new resource.ResourceInvokeResponse().setReturn(toStruct(outputs ?? {}))
  if (failures?.length)
    throw new Error(failures.map((one) => `${one.property}: ${one.reason}`).join('; '))
  return response
}

const severities = ['debug', 'info', 'warning', 'error'] as const

function engineOf(run: Update) {
  let root = ''
  return {
    log: unary((request: LogRequest) => {
      const severity = severities[request.getSeverity()] ?? 'info'
      // The SDK's debug messages carry secrets in the clear.
      if (severity === 'error' && !isStopped(run))
        fail(run, new Error(request.getMessage()), request.getUrn())
      else if (severity !== 'debug')
        run.events.diagnostic(severity, request.getMessage(), request.getUrn())
      return new pb.empty.Empty()
    }),
    getRootResource: unary(() => new pb.engine.GetRootResourceResponse().setUrn(root)),
    setRootResource: unary((request: SetRootResourceRequest) => {
      root = request.getUrn()
      return new pb.engine.SetRootResourceResponse()
    }),
    startDebugging: unary(() => new pb.empty.Empty()),
    requirePulumiVersion: unary(() => new pb.engine.RequirePulumiVersionResponse()),
  }
}

export const engineServices = (run: Update) => ({ monitor: monitorOf(run), engine: engineOf(run) })

/** Serves until it is disposed. */
export async function serveEngine(
  { monitor, engine }: ReturnType<typeof engineServices>,
  socketPath: string,
): Promise<Disposable> {
  const server = new grpc.Server(channelOptions)
  server.addService(grpcServices.monitor, monitor)
  server.addService(grpcServices.engine, engine)
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(socketAddress(socketPath), grpc.ServerCredentials.createInsecure(), (error) =>
      error ? reject(error) : resolve(),
    )
  })
  return { [Symbol.dispose]: () => server.forceShutdown() }
}

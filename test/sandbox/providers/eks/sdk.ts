// Runs a remote component with the Pulumi SDK against the engine that asked for it, beside the program's own run of the
// same SDK: AsyncLocalStorage keeps the two apart. What is here follows the SDK's provider/server.js, which does the same
// in a plugin process; the SDK keeps these parts internal, so this file is the only one that may import them.
import {
  type ComponentResourceOptions,
  type Inputs,
  Output,
  type ProviderResource,
  output,
} from '@pulumi/pulumi'
import { DependencyProviderResource, DependencyResource } from '@pulumi/pulumi/resource.js'
import * as config from '@pulumi/pulumi/runtime/config.js'
import * as rpc from '@pulumi/pulumi/runtime/rpc.js'
import * as settings from '@pulumi/pulumi/runtime/settings.js'
import * as state from '@pulumi/pulumi/runtime/state.js'
import structs from 'google-protobuf/google/protobuf/struct_pb.js'
import type {
  ConstructRequest,
  Constructed,
} from '../../../../operator/engine/embedded/providers/provider.ts'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'

type Internal = {
  withLocalStorage<T>(run: () => Promise<T>): Promise<T>
  awaitFeatureSupport(): Promise<void>
  waitForRPCs(): Promise<void>
}
const internal = { ...state, ...settings } as unknown as Internal // present, though not in the type declarations

export type Component = {
  urn: Output<string>
  outputs: Inputs
}

type Make = (inputs: Inputs, opts: ComponentResourceOptions) => Component

export function runComponent(request: ConstructRequest, make: Make): Promise<Constructed> {
  const { attach = (run) => run } = request
  return internal.withLocalStorage(() => {
    settings.resetOptions(
      request.project,
      request.stack,
      request.parallel,
      request.engineAddress,
      request.monitorAddress,
      request.dryRun,
      'organization',
    )
    return attach(() => construct(request, make))()
  })
}

async function construct(request: ConstructRequest, make: Make): Promise<Constructed> {
  await internal.awaitFeatureSupport()
  config.setAllConfig(request.config, request.configSecretKeys)
  const component = make(inputsOf(request), optionsOf(request))
  try {
    return await settle(component, `construct(${request.type}, ${request.name})`)
  } finally {
    // A failed component too: a call that outlives the engine would be a rejection that nobody handles.
    await internal.waitForRPCs()
  }
}

async function settle(component: Component, label: string): Promise<Constructed> {
  const [props, dependencies] = await rpc.serializeResourceProperties(label, component.outputs)
  const urn = await promised(component.urn)
  return { urn, state: props as Props, stateDependencies: await urnsOf(dependencies) }
}

function optionsOf(request: ConstructRequest): ComponentResourceOptions {
  const providers: Record<string, ProviderResource> = Object.fromEntries(
    Object.entries(request.providers).map(([name, ref]) => [
      name,
      new DependencyProviderResource(ref),
    ]),
  )
  return {
    providers,
    aliases: request.aliases,
    dependsOn: request.dependencies.map((urn) => new DependencyResource(urn)),
    ...(request.protect === undefined ? {} : { protect: request.protect }),
    ...(request.parent === '' ? {} : { parent: new DependencyResource(request.parent) }),
  }
}

type OutputConstructor = new (
  resources: DependencyResource[],
  value: Promise<unknown>,
  isKnown: Promise<boolean>,
  isSecret: Promise<boolean>,
  all: Promise<DependencyResource[]>,
) => Output<unknown>

/** Inputs as outputs again, with the resources they came from. */
function inputsOf(request: ConstructRequest): Inputs {
  const values = rpc.deserializeProperties(structs.Struct.fromJavaScript(request.inputs as never)) // plain JSON
  const make = Output as unknown as OutputConstructor // the SDK's own constructor, undeclared
  const entries = Object.entries(values).map(([name, value]: [string, unknown]) => {
    const resources = (request.inputDependencies[name] ?? []).map(
      (urn) => new DependencyResource(urn),
    )
    const isSecret = rpc.isRpcSecret(value)
    if (resources.length === 0 && !isSecret) return [name, value] as const
    const unwrapped: unknown = rpc.unwrapRpcSecret(value)
    const flags = [Promise.resolve(true), Promise.resolve(isSecret)] as const
    return [
      name,
      new make(resources, Promise.resolve(unwrapped), ...flags, Promise.resolve(resources)),
    ] as const
  })
  return Object.fromEntries(entries)
}

type Dependencies = Awaited<ReturnType<typeof rpc.serializeResourceProperties>>[1]

async function urnsOf(dependencies: Dependencies): Promise<Record<string, string[]>> {
  const entries = [...dependencies].map(async ([name, resources]) => {
    const urns = await Promise.all([...resources].map((resource) => promised(resource.urn)))
    return [name, urns] as const
  })
  return Object.fromEntries(await Promise.all(entries))
}

const promised = <T>(value: Output<T>): Promise<T> =>
  (output(value) as unknown as { promise(): Promise<T> }).promise() // undeclared, as the SDK's own server uses it

// Runs a Pulumi program under the SDK's mocks and records every registration as the engine would get it,
// with its parent and the resources it must outlive.
import type { ResourceMonitorClient } from '@pulumi/pulumi/proto/resource_grpc_pb.js'
import type { RegisterResourceRequest } from '@pulumi/pulumi/proto/resource_pb.js'
import { isSecret, output, Output } from '@pulumi/pulumi'
import { setAllConfig, setMocks, type MockResourceArgs } from '@pulumi/pulumi/runtime/index.js'
import * as settings from '@pulumi/pulumi/runtime/settings.js'
import type { TenantInput } from '../../operator/api/tenant/stack.ts'

type Json = Record<string, any> // oxlint-disable-line typescript/no-explicit-any -- tests look into resources of 30 shapes
export type Recorded = {
  type: string
  name: string
  inputs: Json
  parent: string
  /** `type name` of everything that must exist before and be deleted after. */
  dependencies: string[]
  deletedWith: string
  retainOnDelete: boolean
  provider: string
}
export type Recording = {
  resources: Recorded[]
  outputs: Json
  /** Names of the outputs that are secret. */
  secrets: string[]
  of(type: string): Recorded[]
  the(type: string, name: string): Recorded
}

const label = (urn: string) => {
  const [, , types = '', name = ''] = urn.split('::')
  return `${types.split('$').at(-1)} ${name}`
}

export async function record(
  program: (tenant: TenantInput) => Promise<Json>,
  tenant: TenantInput,
  mocks: {
    /** Outputs beside the inputs; `id` is taken as the id. */
    state?: (r: MockResourceArgs) => Json | Promise<Json>
    call: (token: string, args: Json) => Json | Promise<Json>
    config?: Record<string, string>
  },
): Promise<Recording> {
  const inputs = new Map<string, Json>()
  await setMocks(
    {
      newResource: async (r) => {
        inputs.set(`${r.type} ${r.name}`, r.inputs)
        const { id = `${r.name}-id`, ...state } = (await mocks.state?.(r)) ?? {}
        const arn = `arn:aws:iam::123456789012:role/${r.name}`
        return { id, state: { ...r.inputs, arn, ...state } }
      },
      call: async ({ token, inputs: args }) => await mocks.call(token, args),
    },
    'cratekube',
    'team-payments.payments',
  )
  setAllConfig(mocks.config ?? {})
  const requests = listen()
  const { outputs, secrets } = await run(program, tenant)
  const resources = requests.map((request) => recorded(request, inputs))
  const of = (type: string) => resources.filter((r) => r.type === type)
  const the = (type: string, name: string) => {
    const found = of(type).find((r) => r.name === name)
    if (!found) throw new Error(`the program makes no ${type} ${name}`)
    return found
  }
  return { resources, outputs, secrets, of, the }
}

async function run(program: (tenant: TenantInput) => Promise<Json>, tenant: TenantInput) {
  try {
    const declared = await program(tenant)
    return { outputs: await promiseOf(declared), secrets: await secretsOf(declared) }
  } finally {
    await settings.disconnect()
  }
}

/** Mocks do not tell dependencies, so the requests are taken from the monitor itself. */
function listen(): RegisterResourceRequest[] {
  const requests: RegisterResourceRequest[] = []
  const monitor = settings.getMonitor() as unknown as Pick<
    ResourceMonitorClient,
    'registerResource'
  > // the SDK's mock of it
  const register = monitor.registerResource.bind(monitor) as (...args: unknown[]) => never // overloads
  monitor.registerResource = ((request: RegisterResourceRequest, ...rest: unknown[]) => {
    requests.push(request)
    return register(request, ...rest)
  }) as never
  return requests
}

function recorded(request: RegisterResourceRequest, inputs: Map<string, Json>): Recorded {
  const type = request.getType()
  const name = request.getName()
  return {
    type,
    name,
    inputs: inputs.get(`${type} ${name}`) ?? {},
    parent: label(request.getParent()),
    dependencies: request.getDependenciesList().map(label).toSorted(),
    deletedWith: request.getDeletedwith() && label(request.getDeletedwith()),
    retainOnDelete: request.getRetainondelete() ?? false,
    provider: label(request.getProvider() || (request.getProvidersMap().get('aws') ?? '')),
  }
}

const promiseOf = async (value: Json): Promise<Json> =>
  await new Promise((resolve) => {
    output(value).apply((all) => resolve(all as Json))
  })

async function secretsOf(declared: Json): Promise<string[]> {
  const flags = Object.entries(declared).map(
    async ([name, value]) => [name, Output.isInstance(value) && (await isSecret(value))] as const,
  )
  return (await Promise.all(flags)).flatMap(([name, secret]) => (secret ? [name] : []))
}

// The calls of a provider plugin, in the terms of EngineProvider.
import type { MethodDefinition } from '@grpc/grpc-js'
import { entriesOf, fromStruct, grpc, pb, toStruct } from './protocol.ts'
import {
  messages,
  type ProviderClient,
  ProviderService,
  readDiff,
  readError,
  readFailures,
} from './provider-protocol.ts'
import type { ConstructRequest, EngineProvider, Props } from './provider.ts'
import { mapProps, plain } from './values.ts'

type Client = InstanceType<typeof ProviderClient>

/** By the method's definition: the client's own overloads hide the type of the answer. */
function call<Request, Response>(
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
async function optional<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === grpc.status.UNIMPLEMENTED)
      return undefined
    throw error
  }
}

export async function pluginProvider(client: Client): Promise<EngineProvider> {
  const handshake = new messages.ProviderHandshakeRequest().setEngineAddress('')
  await optional(call(client, ProviderService.handshake, handshake))
  const info = await optional(call(client, ProviderService.getPluginInfo, new pb.empty.Empty()))
  let supportsPreview = false
  let acceptsSecrets = true
  const give = (props: Props) => toStruct(acceptsSecrets ? props : mapProps(props, plain))
  return {
    version: info?.getVersion() ?? '',
    get supportsPreview() {
      return supportsPreview
    },
    ...configuration(client, (response) => {
      supportsPreview = response.getSupportspreview()
      acceptsSecrets = response.getAcceptsecrets()
    }),
    ...resources(client, give),
    async invoke(token, args) {
      const request = new messages.InvokeRequest().setTok(token).setArgs(give(args))
      const response = await call(client, ProviderService.invoke, request)
      return {
        outputs: fromStruct(response.getReturn()),
        failures: readFailures(response.getFailuresList()),
      }
    },
    construct: (request) => construct(client, request, give),
    async cancel() {
      await optional(call(client, ProviderService.cancel, new pb.empty.Empty()))
    },
  }
}

type Configured = InstanceType<typeof messages.ConfigureResponse>

function configuration(client: Client, onConfigured: (response: Configured) => void) {
  return {
    async checkConfig(urn: string, olds: Props, news: Props) {
      const request = new messages.CheckRequest()
        .setUrn(urn)
        .setOlds(toStruct(olds))
        .setNews(toStruct(news))
      const response = await optional(call(client, ProviderService.checkConfig, request))
      if (!response) return { inputs: news }
      return {
        inputs: fromStruct(response.getInputs()),
        failures: readFailures(response.getFailuresList()),
      }
    },
    async diffConfig(urn: string, olds: Props, news: Props) {
      const request = new messages.DiffRequest()
        .setUrn(urn)
        .setOlds(toStruct(olds))
        .setNews(toStruct(news))
        .setOldInputs(toStruct(olds))
      const response = await optional(call(client, ProviderService.diffConfig, request))
      return response ? readDiff(response) : {}
    },
    async configure(inputs: Props) {
      const request = new messages.ConfigureRequest()
        .setArgs(toStruct(inputs))
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setSendsOldInputs(true)
      onConfigured(await call(client, ProviderService.configure, request))
    },
  }
}

type Give = (props: Props) => ReturnType<typeof toStruct>

function resources(client: Client, give: Give): Partial<EngineProvider> {
  return {
    async check(urn, olds, news) {
      const request = new messages.CheckRequest()
        .setUrn(urn)
        .setOlds(give(olds))
        .setNews(give(news))
      const response = await call(client, ProviderService.check, request)
      return {
        inputs: fromStruct(response.getInputs()),
        failures: readFailures(response.getFailuresList()),
      }
    },
    async diff({ id, urn }, olds, news, { oldInputs, ignoreChanges }) {
      const request = new messages.DiffRequest()
        .setId(id)
        .setUrn(urn)
        .setOlds(give(olds))
        .setNews(give(news))
        .setOldInputs(give(oldInputs))
        .setIgnorechangesList(ignoreChanges)
      return readDiff(await call(client, ProviderService.diff, request))
    },
    async create(urn, inputs, { timeoutSeconds, preview }) {
      const request = new messages.CreateRequest()
        .setUrn(urn)
        .setProperties(give(inputs))
        .setTimeout(timeoutSeconds)
        .setPreview(preview)
      const response = await call(client, ProviderService.create, request)
      return { id: response.getId(), outputs: fromStruct(response.getProperties()) }
    },
    async read({ id, urn }, outputs, inputs) {
      const request = new messages.ReadRequest()
        .setId(id)
        .setUrn(urn)
        .setProperties(give(outputs))
        .setInputs(give(inputs))
      const response = await call(client, ProviderService.read, request)
      if (response.getId() === '') return {}
      const found = { id: response.getId(), outputs: fromStruct(response.getProperties()) }
      return response.hasInputs() ? { ...found, inputs: fromStruct(response.getInputs()) } : found
    },
    ...changes(client, give),
  }
}

function changes(client: Client, give: Give): Partial<EngineProvider> {
  return {
    async update({ id, urn }, olds, news, { timeoutSeconds, preview, oldInputs, ignoreChanges }) {
      const request = new messages.UpdateRequest()
        .setId(id)
        .setUrn(urn)
        .setOlds(give(olds))
        .setNews(give(news))
        .setTimeout(timeoutSeconds)
        .setPreview(preview)
        .setOldInputs(give(oldInputs))
        .setIgnorechangesList(ignoreChanges)
      return {
        outputs: fromStruct((await call(client, ProviderService.update, request)).getProperties()),
      }
    },
    async delete({ id, urn }, outputs, { timeoutSeconds }) {
      const request = new messages.DeleteRequest()
        .setId(id)
        .setUrn(urn)
        .setProperties(give(outputs))
        .setTimeout(timeoutSeconds)
      await call(client, ProviderService.delete, request)
    },
  }
}

async function construct(client: Client, wanted: ConstructRequest, give: Give) {
  const request = new messages.ConstructRequest()
    .setType(wanted.type)
    .setName(wanted.name)
    .setInputs(give(wanted.inputs))
    .setParent(wanted.parent)
    .setMonitorendpoint(wanted.monitorAddress)
    .setProject(wanted.project)
    .setStack(wanted.stack)
    .setOrganization('organization')
    .setDryrun(wanted.dryRun)
    .setParallel(wanted.parallel)
    .setConfigsecretkeysList(wanted.configSecretKeys)
    .setDependenciesList(wanted.dependencies)
  for (const [key, value] of Object.entries(wanted.config)) request.getConfigMap().set(key, value)
  for (const [key, ref] of Object.entries(wanted.providers)) request.getProvidersMap().set(key, ref)
  for (const [key, urns] of Object.entries(wanted.inputDependencies)) {
    request
      .getInputdependenciesMap()
      .set(key, new messages.ConstructRequest.PropertyDependencies().setUrnsList(urns))
  }
  const response = await call(client, ProviderService.construct, request)
  const users = entriesOf(response.getStatedependenciesMap())
  return {
    urn: response.getUrn(),
    state: fromStruct(response.getState()),
    stateDependencies: Object.fromEntries(
      users.map(([key, one]) => [key, one.getUrnsList()] as const),
    ),
  }
}

// Makes an EngineProvider an official plugin: an executable `pulumi-resource-<pkg>` calls serveProvider and the official
// CLI, or the embedded engine's plugin client, talks to it. The public provider server of the SDK would lose the
// configuration, previews, timeouts and old inputs on the way.
import { readConstruct, writeConstructed } from '../wire/construct-protocol.ts'
import { channelOptions, fromStruct, grpc, pb, toStruct } from '../wire/protocol.ts'
import { providerMethod } from '../wire/provider-call.ts'
import {
  messages,
  ProviderService,
  writeChecked,
  writeDiff,
  writeFailures,
  type Message,
} from '../wire/provider-protocol.ts'
import type { EngineProvider } from './provider.ts'

/** Serves until the process ends; the port goes to standard output, as Pulumi's plugins do. */
export async function serveProvider(name: string, provider: EngineProvider): Promise<void> {
  const server = new grpc.Server(channelOptions)
  server.addService(ProviderService, { ...plumbing(name, provider), ...resourceMethods(provider) })
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    )
  })
  process.stdout.write(`${port}\n`)
}

// After a handshake the CLI calls create and update in preview, whatever Configure says of previews. A provider that knows
// none would really create.
const mustNotRun = (provider: EngineProvider, request: { getPreview(): boolean }) =>
  request.getPreview() && !provider.supportsPreview

const empty = () => new pb.empty.Empty()

function plumbing(name: string, provider: EngineProvider) {
  return {
    handshake: providerMethod(() =>
      new messages.ProviderHandshakeResponse()
        .setAcceptSecrets(true)
        .setAcceptResources(true)
        .setAcceptOutputs(false),
    ),
    attach: providerMethod(empty),
    getPluginInfo: providerMethod(() => new messages.PluginInfo().setVersion(provider.version)),
    getSchema: providerMethod(() =>
      new messages.GetSchemaResponse().setSchema(
        JSON.stringify({ name, version: provider.version }),
      ),
    ),
    cancel: providerMethod(async () => {
      await provider.cancel?.()
      return empty()
    }),
    checkConfig: providerMethod(async (request: Message<'CheckRequest'>) => {
      const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())]
      const answer = await provider.checkConfig?.(request.getUrn(), olds, news)
      return writeChecked(answer ?? { inputs: news })
    }),
    diffConfig: providerMethod(async (request: Message<'DiffRequest'>) => {
      const olds = fromStruct(request.getOldInputs() ?? request.getOlds())
      const diff = await provider.diffConfig?.(
        request.getUrn(),
        olds,
        fromStruct(request.getNews()),
      )
      return writeDiff(diff ?? {})
    }),
    configure: providerMethod(async (request: Message<'ConfigureRequest'>) => {
      await provider.configure?.(fromStruct(request.getArgs()))
      return new messages.ConfigureResponse()
        .setAcceptsecrets(true)
        .setAcceptresources(true)
        .setSupportspreview(provider.supportsPreview ?? false)
    }),
    invoke: providerMethod(async (request: Message<'InvokeRequest'>) => {
      if (!provider.invoke) throw new Error(`${name} has no functions`)
      const { outputs, failures } = await provider.invoke(
        request.getTok(),
        fromStruct(request.getArgs()),
      )
      return new messages.InvokeResponse()
        .setReturn(toStruct(outputs ?? {}))
        .setFailuresList(writeFailures(failures))
    }),
  }
}

function resourceMethods(provider: EngineProvider) {
  return {
    check: providerMethod(async (request: Message<'CheckRequest'>) => {
      const [olds, news] = [fromStruct(request.getOlds()), fromStruct(request.getNews())]
      return writeChecked(
        (await provider.check?.(request.getUrn(), olds, news)) ?? { inputs: news },
      )
    }),
    diff: providerMethod(async (request: Message<'DiffRequest'>) => {
      const resource = { id: request.getId(), urn: request.getUrn() }
      const options = {
        oldInputs: fromStruct(request.getOldInputs()),
        ignoreChanges: request.getIgnorechangesList(),
      }
      const diff = await provider.diff?.(
        resource,
        fromStruct(request.getOlds()),
        fromStruct(request.getNews()),
        options,
      )
      return writeDiff(diff ?? {})
    }),
    create: providerMethod(async (request: Message<'CreateRequest'>) => {
      if (!provider.create) throw new Error('this provider cannot create resources')
      if (mustNotRun(provider, request))
        return new messages.CreateResponse().setProperties(request.getProperties())
      const options = { timeoutSeconds: request.getTimeout(), preview: request.getPreview() }
      const { id, outputs } = await provider.create(
        request.getUrn(),
        fromStruct(request.getProperties()),
        options,
      )
      return new messages.CreateResponse().setId(id).setProperties(toStruct(outputs))
    }),
    read: providerMethod(async (request: Message<'ReadRequest'>) => {
      if (!provider.read) throw new Error('this provider cannot read resources')
      const resource = { id: request.getId(), urn: request.getUrn() }
      const found = await provider.read(
        resource,
        fromStruct(request.getProperties()),
        fromStruct(request.getInputs()),
      )
      const response = new messages.ReadResponse()
        .setId(found.id ?? '')
        .setProperties(toStruct(found.outputs ?? {}))
      return found.inputs ? response.setInputs(toStruct(found.inputs)) : response
    }),
    construct: providerMethod(async (request: Message<'ConstructRequest'>) => {
      if (!provider.construct) throw new Error('this provider has no components')
      const engineAddress = process.argv.at(-1) ?? ''
      return writeConstructed(
        await provider.construct({ ...readConstruct(request), engineAddress }),
      )
    }),
    ...changingMethods(provider),
  }
}

function changingMethods(provider: EngineProvider) {
  return {
    update: providerMethod(async (request: Message<'UpdateRequest'>) => {
      if (!provider.update) throw new Error('this provider cannot update resources')
      if (mustNotRun(provider, request))
        return new messages.UpdateResponse().setProperties(request.getNews())
      const { outputs } = await provider.update(
        { id: request.getId(), urn: request.getUrn() },
        fromStruct(request.getOlds()),
        fromStruct(request.getNews()),
        {
          timeoutSeconds: request.getTimeout(),
          preview: request.getPreview(),
          oldInputs: fromStruct(request.getOldInputs()),
          ignoreChanges: request.getIgnorechangesList(),
        },
      )
      return new messages.UpdateResponse().setProperties(toStruct(outputs))
    }),
    delete: providerMethod(async (request: Message<'DeleteRequest'>) => {
      if (!provider.delete) throw new Error('this provider cannot delete resources')
      const resource = { id: request.getId(), urn: request.getUrn() }
      await provider.delete(resource, fromStruct(request.getProperties()), {
        timeoutSeconds: request.getTimeout(),
      })
      return empty()
    }),
  }
}

// The calls of a provider plugin, in the terms of EngineProvider.
import { readConstructed, writeConstruct } from '../wire/construct-protocol.ts'
import { fromStruct, pb, toStruct } from '../wire/protocol.ts'
import { call, optional, type Client } from '../wire/provider-call.ts'
import {
  messages,
  ProviderService,
  readChecked,
  readDiff,
  readFailures,
  type Give,
  type Message,
} from '../wire/provider-protocol.ts'
import type { EngineProvider } from './provider.ts'
import type { Props } from '../values/props.ts'
import { mapProps, plain } from '../values/values.ts'

export async function pluginProvider(client: Client, name: string): Promise<EngineProvider> {
  const handshake = new messages.ProviderHandshakeRequest().setEngineAddress('')
  await optional(call(client, ProviderService.handshake, handshake))
  const info = await optional(call(client, ProviderService.getPluginInfo, new pb.empty.Empty()))
  let supportsPreview = false
  let acceptsSecrets = true
  const give: Give = (props) => toStruct(acceptsSecrets ? props : mapProps(props, plain))
  return {
    version: info?.getVersion() ?? '',
    get supportsPreview() {
      return supportsPreview
    },
    ...configuration(client, name, (response) => {
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
    construct: async (request) =>
      readConstructed(await call(client, ProviderService.construct, writeConstruct(request, give))),
    async cancel() {
      await optional(call(client, ProviderService.cancel, new pb.empty.Empty()))
    },
  }
}

function configuration(
  client: Client,
  name: string,
  onConfigured: (response: Message<'ConfigureResponse'>) => void,
) {
  return {
    async checkConfig(urn: string, olds: Props, news: Props) {
      const request = new messages.CheckRequest()
        .setUrn(urn)
        .setOlds(toStruct(olds))
        .setNews(toStruct(news))
      const response = await optional(call(client, ProviderService.checkConfig, request))
      return response ? readChecked(response) : { inputs: news }
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
      for (const [key, value] of variablesOf(name, inputs))
        request.getVariablesMap().set(key, value)
      onConfigured(await call(client, ProviderService.configure, request))
    },
  }
}

/** The older spelling of a configuration, and the only one that the kubernetes plugin reads. All of it is text. */
export function variablesOf(name: string, inputs: Props): [key: string, value: string][] {
  return Object.entries(mapProps(inputs, plain))
    .filter(([key]) => key !== 'version')
    .map(([key, value]) => [
      `${name}:config:${key}`,
      typeof value === 'string' ? value : JSON.stringify(value),
    ])
}

function resources(client: Client, give: Give): Partial<EngineProvider> {
  return {
    async check(urn, olds, news) {
      const request = new messages.CheckRequest()
        .setUrn(urn)
        .setOlds(give(olds))
        .setNews(give(news))
      return readChecked(await call(client, ProviderService.check, request))
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

// Providers of one operation: loaded once by reference, configured once, defaults made on demand.
// The operation owns them; `close` ends plugin processes.
import { randomUUID } from 'node:crypto'
import type { EngineProvider } from './provider.ts'
import type { Props } from '../values/props.ts'
import type { ResourceRecord } from '../state/state.ts'
import { packageOf, parseProviderRef, providerRef, urnType } from '../state/urn.ts'
import { hasUnknown } from '../values/values.ts'

export type ProviderRequest = { package: string; version: string; url: string }

/** Where providers come from: a module of the embedder, or plugins. */
export type ProviderSource = (request: ProviderRequest) => Promise<LoadedProvider>

export type LoadedProvider = { provider: EngineProvider; close?: () => Promise<void> }

/** `provider` is missing in preview when the configuration is not known yet. */
export type ConfiguredProvider = { ref: string; provider?: EngineProvider }

export interface ProviderPool {
  /** An instance to ask CheckConfig and DiffConfig of; the same one is configured later. */
  load(record: { urn: string; inputs?: Props }): Promise<EngineProvider>
  /** Makes the provider of this record usable under its reference. */
  configure(record: ResourceRecord): Promise<void>
  /** By reference; a provider that only the state knows is configured from there. */
  get(ref: string): Promise<ConfiguredProvider>
  cancel(): Promise<void>
  close(): Promise<void>
}

export function openProviders(o: {
  source: ProviderSource
  /** Finds the record behind a reference in the state. */
  find: (ref: string) => ResourceRecord | undefined
}): ProviderPool {
  const spare = new Map<string, Promise<LoadedProvider>>()
  const configured = new Map<string, Promise<ConfiguredProvider>>()
  const open: Promise<LoadedProvider>[] = []
  const start = (record: { urn: string; inputs?: Props }) => {
    const loading = o.source(requestOf(record))
    open.push(loading)
    return loading
  }
  const load = async (record: { urn: string; inputs?: Props }) => {
    let loading = spare.get(record.urn)
    if (!loading) spare.set(record.urn, (loading = start(record)))
    return (await loading).provider
  }
  const makeReady = async (record: ResourceRecord): Promise<ConfiguredProvider> => {
    const ref = providerRef({ urn: record.urn, id: record.id ?? '' })
    const inputs = configurationOf(record)
    if (hasUnknown(inputs)) return { ref }
    const provider = await load(record)
    spare.delete(record.urn)
    await provider.configure?.(inputs)
    return { ref, provider }
  }
  const configure = (record: ResourceRecord) => {
    const ref = providerRef({ urn: record.urn, id: record.id ?? '' })
    let ready = configured.get(ref)
    if (!ready) configured.set(ref, (ready = makeReady(record)))
    return ready
  }
  const loaded = async () =>
    (await Promise.allSettled(open)).flatMap((one) =>
      one.status === 'fulfilled' ? [one.value] : [],
    )
  return {
    load,
    configure: async (record) => void (await configure(record)),
    async get(ref) {
      const known = configured.get(ref)
      if (known) return known
      const record = o.find(ref)
      if (!record) throw new Error(`unknown provider ${parseProviderRef(ref).urn}`)
      return configure(record)
    },
    async cancel() {
      await Promise.allSettled((await loaded()).map(async ({ provider }) => provider.cancel?.()))
    },
    async close() {
      await Promise.allSettled((await loaded()).map(async (one) => one.close?.()))
    },
  }
}

function requestOf(record: { urn: string; inputs?: Props }): ProviderRequest {
  const type = urnType(record.urn)
  const version = record.inputs?.['version']
  const url = record.inputs?.['pluginDownloadURL']
  return {
    package: packageOf(type),
    version: typeof version === 'string' ? version : '',
    url: typeof url === 'string' ? url : '',
  }
}

/** Inputs without what the official engine keeps there for itself. */
export function configurationOf(record: { inputs?: Props }): Props {
  const { __internal: _, ...inputs } = record.inputs ?? {}
  return inputs
}

/** `default`, `default_7_48_0`, with the download URL when there is one. */
export function defaultProviderName(request: { version: string; url: string }): string {
  const parts = ['default']
  if (request.version !== '') parts.push(request.version.replaceAll(/[.+-]/g, '_'))
  if (request.url !== '') parts.push(request.url.replaceAll(/[^a-zA-Z0-9]/g, '_'))
  return parts.join('_')
}

/** Config keys `pkg:*` of the stack are the inputs of the package's default provider. */
export function defaultProviderInputs(o: {
  request: ProviderRequest
  config: ReadonlyMap<string, string>
  secret: (key: string, value: string) => unknown
}): Props {
  const inputs: Props = {}
  for (const [key, value] of o.config) {
    const [namespace, name] = key.split(':')
    if (namespace === o.request.package && name !== undefined) inputs[name] = o.secret(key, value)
  }
  if (o.request.version !== '') inputs['version'] = o.request.version
  if (o.request.url !== '') inputs['pluginDownloadURL'] = o.request.url
  return inputs
}

export const newProviderId = (): string => randomUUID()

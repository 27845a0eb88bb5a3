// Where the embedded engine gets a provider: the embedder's module first, then a plugin, of the run's own first.
import { pathToFileURL } from 'node:url'
import type { Plugin } from '../../plugins.ts'
import type { EngineProvider } from './provider.ts'
import type { ProviderSource } from './providers.ts'

type Providers = Record<string, () => EngineProvider | Promise<EngineProvider>>

/** What `providersModule` exports. */
export type ProvidersModule = {
  /** By package name. */
  providers: Providers
  /** Loads what takes long and most operations need, in a runner that waits for its operation. */
  preload?: () => Promise<unknown>
  /** Then, when that runner has rested for a while: calls what most operations call, with no effect outside it. */
  rehearse?: () => Promise<unknown>
}

export function providerSource(
  module: string | undefined,
  plugins: readonly Plugin[] = [],
): ProviderSource {
  let loading: Promise<ProvidersModule> | undefined
  return async (request) => {
    if (module !== undefined) {
      const make = (await (loading ??= importProviders(module))).providers[request.package]
      if (make) return { provider: await make() }
    }
    const { startPlugin } = await import('./plugin-client.ts')
    return startPlugin(request, plugins)
  }
}

export async function importProviders(path: string): Promise<ProvidersModule> {
  const module = (await import(pathToFileURL(path).href)) as Partial<ProvidersModule>
  if (!module.providers) throw new Error(`${path} does not export providers`)
  return { ...module, providers: module.providers }
}

// Where the embedded engine gets a provider: the embedder's module first, then a plugin.
import { pathToFileURL } from 'node:url'
import type { EngineProvider } from './provider.ts'
import type { ProviderSource } from './providers.ts'

type Providers = Record<string, () => EngineProvider | Promise<EngineProvider>>

export function providerSource(module: string | undefined): ProviderSource {
  let loading: Promise<Providers> | undefined
  return async (request) => {
    if (module !== undefined) {
      const make = (await (loading ??= importProviders(module)))[request.package]
      if (make) return { provider: await make() }
    }
    const { startPlugin } = await import('./plugin-client.ts')
    return startPlugin(request)
  }
}

async function importProviders(path: string): Promise<Providers> {
  const { providers } = (await import(pathToFileURL(path).href)) as { providers?: Providers }
  if (!providers) throw new Error(`${path} does not export providers`)
  return providers
}

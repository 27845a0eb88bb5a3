// The double of the official eks provider: one remote component, Cluster. Its children are real aws resources.
import type { EngineProvider } from '../../../../operator/engine/embedded/providers/provider.ts'
import { plainProps } from '../values.ts'

const VERSION = '4.3.0'

export const loadCluster = () =>
  Promise.all([
    import('./sdk.ts'),
    import('./cluster.ts'),
    // A Role in the inputs becomes a resource again only when its module is loaded.
    import('@pulumi/aws/iam/index.js'),
  ])

export function eksProvider(): EngineProvider {
  return {
    version: VERSION,
    async construct(request) {
      if (request.type !== 'eks:index:Cluster')
        throw new Error(`the eks provider double does not know the component ${request.type}`)
      const [{ runComponent }, { outsidePreset, strictCluster }] = await loadCluster()
      // Refused before the SDK starts to fetch what the inputs refer to.
      const outside = outsidePreset(plainProps(request.inputs))
      if (outside.length > 0)
        throw new Error(
          `the eks provider double knows only the strict preset of Cluster: ${outside.join('; ')}`,
        )
      return runComponent(request, (inputs, opts) => strictCluster(request.name, inputs, opts))
    },
    invoke(token) {
      return Promise.reject(
        new Error(`the eks provider double does not know the function ${token}`),
      )
    },
  }
}

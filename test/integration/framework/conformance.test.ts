// The fake API server behaves as the framework expects of an API server.
import { conformanceCases, gadgets } from './conformance-cases.ts'
import { FakeApiServer } from '../../../operator/framework/testing/index.ts'

conformanceCases(async () => {
  const server = new FakeApiServer({ kinds: [gadgets] })
  const kube = server.kube()
  return {
    kube,
    namespace: 'conformance',
    async expiredVersion() {
      const { resourceVersion } = await kube.list(gadgets)
      await kube.create(gadgets, { metadata: { name: 'z', namespace: 'conformance' }, spec: {} })
      server.compact()
      return resourceVersion
    },
  }
})

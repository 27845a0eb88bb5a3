// A real API server on which gadgets are served.
import { core } from '../../../operator/framework/index.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { startTestPlane } from '../../support/test-plane.ts'
import { gadgets } from './conformance-cases.ts'
import { gadgetCrd } from './gadget-crd.ts'

export const startGadgetPlane = () =>
  startTestPlane({
    async prepare(kube) {
      await kube.create(core.crd, gadgetCrd)
      const served = () =>
        kube.list(gadgets).then(
          () => true,
          () => false,
        )
      await waitFor(served, { what: 'the CRD is served', timeoutMs: 30_000 })
    },
  })

// The cases of the conformance suite on a real etcd and kube-apiserver, over real TLS connections.
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import { core } from '../../../operator/framework/index.ts'
import type { TestPlane } from '../../support/test-plane.ts'
import { conformanceCases } from './conformance-cases.ts'
import { startGadgetPlane } from './gadget-plane.ts'

let plane: TestPlane

beforeAll(async () => {
  plane = await startGadgetPlane()
})
afterAll(() => plane?.stop())

conformanceCases(async () => {
  const { kube } = plane
  const namespace = `n-${randomUUID().slice(0, 8)}`
  await kube.create(core.namespace, { metadata: { name: namespace } })
  return { kube, namespace, expiredVersion: async () => '1' }
})

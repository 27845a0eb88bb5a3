// The cases of the conformance suite on a real etcd and kube-apiserver, over real TLS connections.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll } from 'vitest'
import {
  connect,
  core,
  kubeconfigCredentials,
  type Kube,
} from '../../../operator/framework/index.ts'
import { startControlPlane, type ControlPlane } from '../../sandbox/management/control-plane.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { conformanceCases, gadgets } from './conformance-cases.ts'
import { gadgetCrd } from './gadget-crd.ts'

let root: string
let plane: ControlPlane
let kube: Kube

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ck-conformance-'))
  plane = await startControlPlane({ root, name: 'conformance' })
  kube = connect(kubeconfigCredentials(plane.kubeconfig))
  await kube.create(core.crd, gadgetCrd)
  const served = () =>
    kube.list(gadgets).then(
      () => true,
      () => false,
    )
  await waitFor(served, { what: 'the CRD is served', timeoutMs: 30_000 })
})

afterAll(async () => {
  kube?.close()
  await plane?.stop()
  await rm(root, { recursive: true, force: true })
})

conformanceCases(async () => {
  const namespace = `n-${randomUUID().slice(0, 8)}`
  await kube.create(core.namespace, { metadata: { name: namespace } })
  return { kube, namespace, expiredVersion: async () => '1' }
})

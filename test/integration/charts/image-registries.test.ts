// The policy that the chart makes of the administrator's list of registries, on a real API server.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Kube } from '../../../operator/framework/index.ts'
import { applyAll } from '../../sandbox/manifests.ts'
import { startTestApi } from '../../support/api-server.ts'
import { minimalSpec, tenantManifest } from '../../support/tenant-cluster.ts'
import type { TestPlane } from '../../support/test-plane.ts'
import { parseManifests, template } from '../../support/helm.ts'

let api: TestPlane
let kube: Kube
beforeAll(async () => {
  api = await startTestApi()
  kube = api.kube
  const chart = parseManifests(
    await template({ imageRegistries: ['ghcr.io/cratekube', 'registry.example:5000'] }),
  )
  const policies = chart.filter(({ metadata }) => metadata.name?.endsWith('-image-registries'))
  expect(policies).toHaveLength(2)
  await applyAll(kube, policies)
})
afterAll(() => api?.stop())

const tryCreate = (imageRegistry: string) =>
  kube
    .request(
      'POST',
      '/apis/cratekube.io/v1alpha1/namespaces/default/tenantclusters',
      tenantManifest('a', { ...minimalSpec, imageRegistry }),
      { query: { dryRun: 'All' } },
    )
    .then(
      () => 'accepted',
      (error: Error) => error.message,
    )

test('refuses other registries at kubectl apply, naming the field and the list', async () => {
  expect(await tryCreate('evil.example/x')).toContain(
    'spec.imageRegistry: expected one of the registries that the administrator allows (ghcr.io/cratekube, registry.example:5000), got evil.example/x',
  )
  expect(await tryCreate('ghcr.io/cratekubes')).toContain('spec.imageRegistry: expected')
})

test.each(['ghcr.io/cratekube', 'ghcr.io/cratekube/copy', 'registry.example:5000/a'])(
  'lets %s pass',
  async (registry) => expect(await tryCreate(registry)).toBe('accepted'),
)

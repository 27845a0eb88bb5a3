import { expect, test } from 'vitest'
import { ref, stage, succeeded } from './stage.ts'
import { tenantKind } from '../../../../operator/jobs/queue/tenant-kind.ts'

test('begins no operation with images of a registry that the administrator does not allow', async () => {
  const s = await stage(() => succeeded, { imageRegistries: ['registry.example/cratekube'] })
  await s.apply({ imageRegistry: 'ghcr.io/cratekube' })
  await s.clock.until(async () => (await s.condition('Stalled'))?.status === 'True')
  expect(await s.condition('Ready')).toMatchObject({
    reason: 'InvalidSpec',
    message:
      'spec.imageRegistry: expected an image of the registries that the administrator allows (registry.example/cratekube), got ghcr.io/cratekube',
  })
  expect(s.operations).toEqual([])
  const spec = { imageRegistry: 'registry.example/cratekube' }
  await s.user.patch(tenantKind, ref, { spec }, { type: 'merge' })
  await s.untilReady()
  expect(s.operations).toHaveLength(1)
  await s.end()
})

import { expect, test } from 'vitest'
import { registryFault } from '../../../../operator/api/tenant/image-registries.ts'
import { minimalSpec, specOf } from '../../../support/tenant-cluster.ts'

const withValues = (values: object, enabled = true) =>
  specOf({ ...minimalSpec, addons: { loadTesting: { values, enabled } } })
const from = (imageRegistry: string) => specOf({ ...minimalSpec, imageRegistry })
const allowed = ['ghcr.io/cratekube', 'registry:5000', 'docker.io/library']

test.each([
  ['the default', specOf()],
  ['a folder of one', from('ghcr.io/cratekube/copies')],
  ['a registry with a port', from('registry:5000')],
  ['an image in the values', withValues({ image: { repository: 'registry:5000/op' } })],
  ['an image of Docker’s library', withValues({ image: { repository: 'redis' } })],
  ['an image with a tag', withValues({ locustPods: { metricsExporter: { image: 'redis:7' } } })],
  ['an image of an operator that is off', withValues({ image: { repository: 'evil/x' } }, false)],
  ['what is no text, which the chart refuses', withValues({ image: { repository: 5 } })],
])('allows %s', (_, spec) => expect(registryFault(spec, allowed)).toBeUndefined())

test('allows everything where the administrator has said nothing', () => {
  expect(registryFault(from('evil.example/x'), [])).toBeUndefined()
})

const repository = 'spec.addons.loadTesting.values.image.repository'
test.each([
  ['another registry', from('evil.example/x'), 'spec.imageRegistry', 'evil.example/x'],
  ['a name that only begins alike', from('ghcr.io/cratekubes'), 'spec.imageRegistry', 'ghcr.io/cratekubes'], // prettier-ignore
  ['another port', from('registry:50001'), 'spec.imageRegistry', 'registry:50001'],
  ['a folder of Docker Hub', withValues({ image: { repository: 'evil/x' } }), repository, 'evil/x'],
  ['a host in disguise', withValues({ image: { repository: 'GHCR.IO/evil/x' } }), repository, 'GHCR.IO/evil/x'], // prettier-ignore
  [
    'an exporter',
    withValues({ locustPods: { metricsExporter: { image: 'evil.example/x:1' } } }),
    'spec.addons.loadTesting.values.locustPods.metricsExporter.image',
    'evil.example/x:1',
  ],
])('refuses %s by its field', (_, spec, field, got) => {
  expect(registryFault(spec, allowed)).toMatchObject({
    code: 'InvalidSpec',
    inputPath: field,
    retryable: false,
    message: `${field}: expected an image of the registries that the administrator allows (ghcr.io/cratekube, registry:5000, docker.io/library), got ${got}`,
  })
})

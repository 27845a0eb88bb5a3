// Which image the chart of a release goes with.
import { expect, test } from 'vitest'
import { load } from 'js-yaml'
import { stamped } from '../../../release/stamp-chart.ts'
import { digest, sources } from '../../support/image/release-sources.ts'

const repository = 'registry.example.com/team/cratekube'

test.each(['cratekube', 'cratekube-loadtest'])('%s gets it, and nothing else changes', (chart) => {
  const before = sources(`charts/${chart}/values.yaml`)
  const values = load(before) as { image: object } // a chart's values
  const after = load(stamped(before, { repository, digest }))
  expect(after).toEqual({ ...values, image: { ...values.image, repository, digest } })
})

test('a tag is no digest', () => {
  expect(() =>
    stamped('image:\n  repository: a\n  digest: ""\n', { repository, digest: '1.0' }),
  ).toThrow('digest: expected sha256: and 64 hexadecimal digits, got 1.0')
})

test('values without the fields are refused', () => {
  expect(() => stamped('image:\n  repository: a\n', { repository, digest })).toThrow(
    'image.digest: expected the field',
  )
  expect(() => stamped('a: 1\n', { repository, digest })).toThrow('expected a block image:')
})

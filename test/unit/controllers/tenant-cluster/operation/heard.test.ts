// Word that a tenant's progress is new, from whoever sends it.
import { expect, test } from 'vitest'
import { heard } from '../../../../../operator/controllers/tenant-cluster/operation/heard.ts'
import { settled } from '../../../../../operator/framework/index.ts'
import { harness } from '../../../../../operator/framework/testing/index.ts'
import { tenantKind } from '../../../../../operator/jobs/queue/tenant-kind.ts'
import { minimalSpec } from '../../../../support/tenant-cluster.ts'

const key = (name: string) => ({ namespace: 'a', name })

/** Tenants with the operations that are given; `looks` has the names of those that are looked at. */
async function listening(operations: Record<string, { step: string } | undefined>) {
  const h = harness({ name: 'test', kinds: [tenantKind] })
  const looks: string[] = []
  const { op, ended } = h.start((operator) =>
    operator.for(tenantKind).reconcile(async ({ obj }) => {
      looks.push(obj.metadata.name)
      return settled
    }),
  )
  const hear = heard(op)
  for (const [name, operation] of Object.entries(operations)) {
    await h.user.create(tenantKind, { metadata: key(name), spec: minimalSpec })
    const status = { operation: operation ?? null }
    await h.user.patch(tenantKind, key(name), { status }, { type: 'merge', subresource: 'status' })
  }
  await h.clock.advance(1_000)
  looks.splice(0)
  return { clock: h.clock, looks, hear, end: () => h.shutDown(ended) }
}

test('has a tenant with an operation that runs looked at, after a tenth of a second', async () => {
  const { clock, looks, hear, end } = await listening({ b: { step: 'Nodes' } })
  hear(key('b'))
  await clock.advance(99)
  expect(looks).toEqual([])
  await clock.advance(1)
  expect(looks).toEqual(['b'])
  await end()
})

test('once, however often it is said until then, and again later', async () => {
  const { clock, looks, hear, end } = await listening({
    b: { step: 'Nodes' },
    c: { step: 'Nodes' },
  })
  for (let times = 0; times < 5; times += 1) hear(key('b'))
  hear(key('c'))
  await clock.advance(1_000)
  expect(looks).toEqual(['b', 'c'])
  hear(key('b'))
  await clock.advance(1_000)
  expect(looks).toHaveLength(3)
  await end()
})

test.each([
  ['that nobody knows', {}],
  ['without an operation', { b: undefined }],
  ['that is only measured', { b: { step: 'Verify' } }],
])('does not have a tenant %s looked at', async (_, operations) => {
  const { clock, looks, hear, end } = await listening(operations)
  hear(key('b'))
  await clock.advance(1_000)
  expect(looks).toEqual([])
  await end()
})

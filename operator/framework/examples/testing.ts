// A program and its test: `node --test testing.ts`. The API server is in the test's process and an hour passes at once.
import { again, settled, type Operator } from '@cratekube/framework'
import { harness } from '@cratekube/framework/testing'
import { strict as assert } from 'node:assert'
import { after, test } from 'node:test'
import { widgets } from './widget.ts'

/** Paint takes an hour to dry. */
const program = (op: Operator) => {
  op.for(widgets).reconcile(async (c) => {
    const since = Date.parse(c.obj.metadata.creationTimestamp ?? '')
    const leftMs = since + 3_600_000 - c.now().getTime()
    if (leftMs > 0) return again(leftMs, { reason: 'Drying', message: 'the paint is wet' })
    c.status({ message: 'dry' })
    return settled
  })
}

const { clock, user, start, shutDown } = harness({ kinds: [widgets] })
const { ended } = start(program)
after(() => shutDown(ended))

await test('a Widget is dry after an hour, and not before', async () => {
  await user.create(widgets, { metadata: { name: 'a', namespace: 'shop' }, spec: {} })
  const message = async () => (await user.get(widgets, 'a', 'shop'))?.status?.message
  await clock.advance(59 * 60_000)
  assert.equal(await message(), undefined)
  await clock.advance(2 * 60_000)
  assert.equal(await message(), 'dry')
})

// Writing a status: once, again where somebody else was faster, and not for ever.
import { expect, test } from 'vitest'
import { KubeError } from '../../../../operator/framework/kube/errors.ts'
import type { Kube } from '../../../../operator/framework/kube/kube.ts'
import type { KubeObject, Manifest } from '../../../../operator/framework/kube/objects.ts'
import { writeStatus } from '../../../../operator/framework/status/write.ts'
import { VirtualClock } from '../../../../operator/framework/testing/index.ts'
import { widgets } from '../harness.ts'

const widget = (version: string, more: object = {}): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: {
    name: 'a',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: version,
    generation: 3,
  } as KubeObject['metadata'],
  spec: {},
  ...more,
})
const error = (status: number, reason: string) => new KubeError(reason, { status, reason })
const conflict = error(409, 'Conflict')

/** The API server answers with these, one after the other, and has `now` when it is asked. */
async function write(
  answers: (KubeError | undefined)[],
  o: { latest?: KubeObject | undefined; now?: KubeObject | undefined; fields?: object } = {},
) {
  const sent: { manifest: Manifest; options: unknown }[] = []
  let written = 0
  let asked = 0
  const kube = {
    applyStatus: async (_: unknown, manifest: Manifest, options: unknown) => {
      sent.push({ manifest, options })
      const answer = answers.shift()
      if (answer) throw answer
    },
    get: async (_: unknown, name: string, namespace: string) => {
      expect([name, namespace]).toEqual(['a', 'shop'])
      asked += 1
      return 'now' in o ? o.now : widget(`${asked + 1}`)
    },
  } as unknown as Kube
  const writer = {
    kind: widgets,
    kube,
    clock: new VirtualClock(),
    fieldManager: 'me',
    latest: () => ('latest' in o ? o.latest : widget('1')),
    onStatusWrite: () => void (written += 1),
  }
  const collected = { fields: { size: 1, ...o.fields }, conditions: [] }
  const failure: unknown = await writeStatus(writer, widget('0'), collected, undefined).catch(
    (thrown: unknown) => thrown,
  )
  const versions = sent.map(({ manifest }) => manifest.metadata['resourceVersion'])
  return { sent, versions, written, asked, failure }
}

test('one write, of the object as it is now, by force', async () => {
  const { sent, versions, written, asked } = await write([])
  expect(versions).toEqual(['1'])
  expect(sent[0]).toMatchObject({
    manifest: { status: { size: 1 }, metadata: { name: 'a', namespace: 'shop' } },
    options: { fieldManager: 'me', force: true },
  })
  expect([written, asked]).toEqual([1, 0])
})

test('none where it says so already', async () => {
  const latest = widget('1', { status: { size: 1 } })
  const { sent, written } = await write([], { latest })
  expect([sent.length, written]).toEqual([0, 0])
})

test('of an object that is gone there is nothing to write', async () => {
  const other = widget('1')
  const replaced = { ...other, metadata: { ...other.metadata, uid: 'v' } }
  for (const latest of [undefined, replaced]) {
    const { sent, failure } = await write([], { latest })
    expect([sent, failure]).toEqual([[], undefined])
  }
  const { failure, written, asked } = await write([error(404, 'NotFound')])
  expect([failure, written, asked]).toEqual([undefined, 0, 0])
})

test('where somebody else was faster it looks again and writes that', async () => {
  const { versions, written, asked, failure } = await write([conflict, conflict])
  expect(versions).toEqual(['1', '2', '3'])
  expect([written, asked, failure]).toEqual([1, 2, undefined])
})

test('and ends when what it finds is gone, or says so already', async () => {
  const gone = await write([conflict], { now: undefined })
  expect([gone.versions, gone.written, gone.failure]).toEqual([['1'], 0, undefined])
  const said = await write([conflict], { now: widget('2', { status: { size: 1 } }) })
  expect([said.versions, said.written]).toEqual([['1'], 0])
})

test('five times at most', async () => {
  const conflicts = (count: number) => Array.from({ length: count }, () => conflict)
  const lucky = await write(conflicts(4))
  expect([lucky.versions.length, lucky.written, lucky.failure]).toEqual([5, 1, undefined])
  const unlucky = await write(conflicts(5))
  expect([unlucky.versions.length, unlucky.written]).toEqual([5, 0])
  expect(unlucky.failure).toBe(conflict)
})

test('any other refusal is told', async () => {
  const denied = error(403, 'Forbidden')
  expect((await write([denied])).failure).toBe(denied)
})

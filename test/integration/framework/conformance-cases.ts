// What the framework expects of an API server. Run on the fake one and on a real kube-apiserver, so that
// the fake cannot drift from the truth.
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  core,
  isConflict,
  isGone,
  keyOf,
  type Kind,
  type Kube,
  type KubeObject,
  type WatchEvent,
} from '../../../operator/framework/index.ts'

export type Gadget = { size?: number; parts?: string[] }
export const gadgets: Kind<Gadget, { phase?: string; conditions?: { type: string }[] }> = {
  group: 'conformance.example.com',
  version: 'v1',
  kind: 'Gadget',
  plural: 'gadgets',
  namespaced: true,
}

export type Subject = {
  kube: Kube
  /** A namespace that nobody else uses. */
  namespace: string
  /** A version so old that a watch from it is refused. */
  expiredVersion: () => Promise<string>
}

export function conformanceCases(prepare: () => Promise<Subject>): void {
  let subject: Subject
  const stop = { current: new AbortController() }
  beforeEach(async () => {
    subject = await prepare()
    stop.current = new AbortController()
  })
  afterEach(() => stop.current.abort())

  const create = (name: string, more: object = {}, metadata: object = {}) =>
    subject.kube.create(gadgets, {
      metadata: { name, namespace: subject.namespace, ...metadata },
      spec: { size: 1 },
      ...more,
    })
  const at = (name: string) => ({ name, namespace: subject.namespace })
  const get = (name: string) => subject.kube.get(gadgets, name, subject.namespace)
  const watch = (resourceVersion: string, o: { labelSelector?: string } = {}) =>
    subject.kube
      .watch(gadgets, {
        ...o,
        resourceVersion,
        namespace: subject.namespace,
        signal: stop.current.signal,
      })
      [Symbol.asyncIterator]()
  const listVersion = async () =>
    (await subject.kube.list(gadgets, { namespace: subject.namespace })).resourceVersion

  test('create gives uid, version and generation, and drops the status', async () => {
    const obj = await create('a', { status: { phase: 'Made up' } })
    expect(obj.metadata).toMatchObject({ name: 'a', generation: 1, uid: expect.any(String) })
    expect(obj.status).toBeUndefined()
    await expect(create('a')).rejects.toMatchObject({ status: 409, reason: 'AlreadyExists' })
  })

  test('what is not there is undefined, and cannot be patched', async () => {
    expect(await get('none')).toBeUndefined()
    expect(await subject.kube.delete(gadgets, at('none'))).toBe(false)
    const patch = subject.kube.patch(gadgets, at('none'), {}, { type: 'merge' })
    await expect(patch).rejects.toMatchObject({ status: 404, reason: 'NotFound' })
  })

  test('the generation counts changes of the spec, not of labels or status', async () => {
    await create('a')
    await subject.kube.patch(
      gadgets,
      at('a'),
      { metadata: { labels: { x: 'y' } } },
      { type: 'merge' },
    )
    const up = { metadata: at('a'), status: { phase: 'Up' } }
    await subject.kube.applyStatus(gadgets, up, { fieldManager: 'm' })
    expect((await get('a'))?.metadata.generation).toBe(1)
    await subject.kube.patch(gadgets, at('a'), { spec: { size: 2 } }, { type: 'merge' })
    expect((await get('a'))?.metadata.generation).toBe(2)
  })

  test('an unchanged write keeps the version', async () => {
    const { metadata } = await create('a')
    const same = await subject.kube.patch(
      gadgets,
      at('a'),
      { spec: { size: 1 } },
      { type: 'merge' },
    )
    expect(same.metadata.resourceVersion).toBe(metadata.resourceVersion)
  })

  test('a patch that is only tried is answered as if it had been made, and changes nothing', async () => {
    const { metadata } = await create('a')
    const change = { spec: { size: 2 } }
    const o = { type: 'merge', dryRun: true } as const
    const tried = await subject.kube.patch(gadgets, at('a'), change, o)
    expect(tried).toMatchObject({ spec: { size: 2 }, metadata: { generation: 2 } })
    const kept = await get('a')
    expect(kept?.spec).toEqual({ size: 1 })
    expect(kept?.metadata.resourceVersion).toBe(metadata.resourceVersion)
  })

  test('versions grow as numbers', async () => {
    const versions: bigint[] = []
    for (const name of ['a', 'b', 'c'])
      versions.push(BigInt((await create(name)).metadata.resourceVersion))
    expect(versions).toEqual(versions.toSorted((a, b) => (a < b ? -1 : 1)))
  })

  test('a write from an old version is a conflict', async () => {
    const { metadata } = await create('a')
    await subject.kube.patch(gadgets, at('a'), { spec: { size: 2 } }, { type: 'merge' })
    const late = { metadata: { resourceVersion: metadata.resourceVersion }, spec: { size: 3 } }
    const error = await subject.kube
      .patch(gadgets, at('a'), late, { type: 'merge' })
      .catch((e: unknown) => e)
    expect(isConflict(error)).toBe(true)
  })

  test('annotations of more than 256 KiB are refused, at creation and later', async () => {
    const most = 256 * 1024
    const annotated = (bytes: number) => ({ annotations: { note: 'x'.repeat(bytes - 4) } })
    await expect(create('a', {}, annotated(most + 1))).rejects.toMatchObject({ status: 422 })
    await create('a', {}, annotated(most))
    const patch = { metadata: annotated(most + 1) }
    const call = subject.kube.patch(gadgets, at('a'), patch, { type: 'merge' })
    await expect(call).rejects.toMatchObject({ status: 422 })
  })

  test('a JSON patch whose test fails changes nothing', async () => {
    const { metadata } = await create('a')
    await subject.kube.patch(gadgets, at('a'), { spec: { size: 2 } }, { type: 'merge' })
    const patch = [
      { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
      { op: 'add', path: '/metadata/finalizers', value: ['example.com/x'] },
    ]
    const call = subject.kube.patch(gadgets, at('a'), patch, { type: 'json' })
    await expect(call).rejects.toMatchObject({ status: 422 })
    expect((await get('a'))?.metadata.finalizers).toBeUndefined()
  })

  test('a status apply touches the status alone, whatever uid it names', async () => {
    await create('a')
    const metadata = { ...at('a'), uid: '00000000-0000-0000-0000-000000000000' }
    const obj = { metadata, status: { phase: 'Up' }, spec: { size: 7 } }
    const o = { fieldManager: 'm', force: true }
    const applied = await subject.kube.applyStatus(gadgets, obj, o)
    expect(applied).toMatchObject({ spec: { size: 1 }, status: { phase: 'Up' } })
    const gone = subject.kube.applyStatus(gadgets, { metadata: at('none'), status: {} }, o)
    await expect(gone).rejects.toMatchObject({ status: 404 })
  })

  test('a status apply from an old version is a conflict, even when forced', async () => {
    const { metadata } = await create('a')
    await subject.kube.patch(gadgets, at('a'), { spec: { size: 2 } }, { type: 'merge' })
    const { resourceVersion } = metadata
    const late = { metadata: { ...at('a'), resourceVersion }, status: { phase: 'Late' } }
    const call = subject.kube.applyStatus(gadgets, late, { fieldManager: 'm', force: true })
    expect(isConflict(await call.catch((error: unknown) => error))).toBe(true)
    expect((await get('a'))?.status).toBeUndefined()
  })

  test('an apply for another uid is refused', async () => {
    await create('a')
    const apply = (name: string) =>
      subject.kube.apply(
        gadgets,
        { metadata: { ...at(name), uid: '00000000-0000-0000-0000-000000000000' }, spec: {} },
        { fieldManager: 'm', force: true },
      )
    await expect(apply('a')).rejects.toMatchObject({ status: 422 })
    await expect(apply('none')).rejects.toMatchObject({ status: 409 })
  })

  test('apply creates, merges, and removes what is applied no more', async () => {
    const apply = (spec: object) =>
      subject.kube.apply(gadgets, { metadata: at('a'), spec }, { fieldManager: 'm', force: true })
    await apply({ size: 1, parts: ['x'] })
    await subject.kube.patch(
      gadgets,
      at('a'),
      { metadata: { labels: { by: 'user' } } },
      { type: 'merge' },
    )
    const obj = await apply({ parts: ['y'] })
    expect(obj.spec).toEqual({ parts: ['y'] })
    expect(obj.metadata.labels).toEqual({ by: 'user' })
  })

  test('apply without force refuses to take a field from another manager', async () => {
    const apply = (fieldManager: string, size: number, force: boolean) =>
      subject.kube.apply(gadgets, { metadata: at('a'), spec: { size } }, { fieldManager, force })
    await apply('one', 1, false)
    expect(isConflict(await apply('two', 2, false).catch((e: unknown) => e))).toBe(true)
    expect((await apply('two', 2, true)).spec).toEqual({ size: 2 })
  })

  test('conditions are merged by type', async () => {
    await create('a')
    const condition = (type: string) => ({
      type,
      status: 'True',
      reason: 'R',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    })
    const apply = (fieldManager: string, type: string) =>
      subject.kube.applyStatus(
        gadgets,
        { metadata: at('a'), status: { conditions: [condition(type)] } },
        { fieldManager, force: true },
      )
    await apply('one', 'Ready')
    await apply('two', 'Painted')
    const types = (await apply('one', 'Sold')).status?.conditions?.map(({ type }) => type)
    expect(types?.toSorted()).toEqual(['Painted', 'Sold'])
  })

  test('two controlling owners are refused', async () => {
    const owner = (name: string) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      name,
      uid: `${name}-uid`,
      controller: true,
    })
    const apply = (name: string) =>
      subject.kube.apply(
        core.configMap,
        { metadata: { ...at('c'), ownerReferences: [owner(name)] } },
        { fieldManager: name, force: true },
      )
    await apply('one')
    await expect(apply('two')).rejects.toMatchObject({ status: 422 })
  })

  test('finalizers hold a deleted object until the last one leaves', async () => {
    await create('a', {}, { finalizers: ['example.com/x'] })
    expect(await subject.kube.delete(gadgets, at('a'))).toBe(true)
    const deleting = await get('a')
    expect(deleting?.metadata.deletionTimestamp).toEqual(expect.any(String))
    expect(deleting?.metadata.generation).toBe(2)
    await subject.kube.patch(gadgets, at('a'), [{ op: 'remove', path: '/metadata/finalizers/0' }], {
      type: 'json',
    })
    expect(await get('a')).toBeUndefined()
  })

  test('a deletion with the uid of another object is refused', async () => {
    await create('a')
    const preconditions = { uid: '00000000-0000-0000-0000-000000000000' }
    const error = await subject.kube
      .delete(gadgets, at('a'), { preconditions })
      .catch((e: unknown) => e)
    expect(isConflict(error)).toBe(true)
    expect(await get('a')).toBeDefined()
  })

  test('a list comes in pages of one snapshot, with types and without managed fields', async () => {
    for (let n = 0; n < 7; n += 1) await create(`g${n}`)
    const { items } = await subject.kube.list(gadgets, { namespace: subject.namespace, limit: 3 })
    expect(items.map(({ metadata }) => metadata.name)).toEqual([
      'g0',
      'g1',
      'g2',
      'g3',
      'g4',
      'g5',
      'g6',
    ])
    expect(items[6]).toMatchObject({ kind: 'Gadget', apiVersion: 'conformance.example.com/v1' })
    expect(items[0]?.metadata).not.toHaveProperty('managedFields')
  })

  test('selectors by label and field', async () => {
    await create('a', {}, { labels: { tier: 'gold' } })
    await create('b', {}, { labels: { tier: 'iron' } })
    await create('c')
    const names = async (o: { labelSelector?: string; fieldSelector?: string }) => {
      const { items } = await subject.kube.list(gadgets, { namespace: subject.namespace, ...o })
      return items.map(({ metadata }) => metadata.name)
    }
    expect(await names({ labelSelector: 'tier=gold' })).toEqual(['a'])
    expect(await names({ labelSelector: 'tier!=gold' })).toEqual(['b', 'c'])
    expect(await names({ labelSelector: 'tier in (gold,iron)' })).toEqual(['a', 'b'])
    expect(await names({ labelSelector: '!tier' })).toEqual(['c'])
    expect(await names({ fieldSelector: 'metadata.name=b' })).toEqual(['b'])
  })

  test('a watch tells of every change after its version, in order', async () => {
    await create('before')
    const events = watch(await listVersion())
    await create('a', {}, { finalizers: ['example.com/x'] })
    await subject.kube.patch(gadgets, at('a'), { spec: { size: 2 } }, { type: 'merge' })
    await subject.kube.delete(gadgets, at('a'))
    await subject.kube.patch(
      gadgets,
      at('a'),
      { metadata: { finalizers: null } },
      { type: 'merge' },
    )
    const seen = await take(events, 4)
    expect(seen.map(({ type }) => type)).toEqual(['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED'])
    const last = objectOf(seen[3])
    expect(keyOf(last)).toEqual(at('a'))
    expect(BigInt(last.metadata.resourceVersion)).toBeGreaterThan(
      BigInt(objectOf(seen[2]).metadata.resourceVersion),
    )
  })

  test('for a watch with a selector, an object that stops to match is deleted', async () => {
    const events = watch(await listVersion(), { labelSelector: 'tier=gold' })
    await create('a', {}, { labels: { tier: 'gold' } })
    await subject.kube.patch(
      gadgets,
      at('a'),
      { metadata: { labels: { tier: 'iron' } } },
      { type: 'merge' },
    )
    await subject.kube.patch(
      gadgets,
      at('a'),
      { metadata: { labels: { tier: 'gold' } } },
      { type: 'merge' },
    )
    const seen = await take(events, 3)
    expect(seen.map(({ type }) => type)).toEqual(['ADDED', 'DELETED', 'ADDED'])
  })

  test('a watch from a forgotten version says so', async () => {
    const events = watch(await subject.expiredVersion())
    const error = await events.next().catch((e: unknown) => e)
    expect(isGone(error)).toBe(true)
  })

  test('a watch ends when its signal is aborted', async () => {
    const events = watch(await listVersion())
    const next = events.next()
    next.catch(() => undefined)
    await Promise.resolve()
    stop.current.abort(new Error('enough'))
    await expect(next).rejects.toThrow('enough')
  })
}

async function take(events: AsyncIterator<WatchEvent>, count: number): Promise<WatchEvent[]> {
  const seen: WatchEvent[] = []
  while (seen.length < count) {
    const next = await events.next()
    if (next.done) break
    if (next.value.type !== 'BOOKMARK') seen.push(next.value)
  }
  return seen
}

function objectOf(event: WatchEvent | undefined): KubeObject {
  if (!event || event.type === 'BOOKMARK') throw new Error('no object')
  return event.object
}

// Whose operation comes next within a namespace, and who waits.
import { expect, test } from 'vitest'
import { shares } from '../../../../../operator/controllers/tenant-cluster/operation/shares.ts'
import type { Operation } from '../../../../../operator/api/tenant/tenant-cluster-status.ts'
import { keyText } from '../../../../../operator/framework/index.ts'
import { specOf } from '../../../../support/tenant-cluster.ts'

type Wish = Partial<Pick<Operation, 'step' | 'kind'>>
const tenant = (text: string, wish?: Wish) => {
  const [namespace = '', name = ''] = text.split('/')
  const startedAt = '2026-01-01T00:00:00Z'
  const operation: Operation | undefined = wish && {
    id: name,
    kind: 'Create',
    generation: 1,
    step: 'Queued',
    startedAt,
    attempt: 1,
    ...wish,
  }
  return {
    apiVersion: '',
    kind: '',
    spec: specOf(),
    status: { ...(operation && { operation }) },
    metadata: { name, namespace, uid: text, resourceVersion: '1' },
  }
}

function namespaces(tenants: ReturnType<typeof tenant>[], most = 2) {
  const woken: string[] = []
  const handedOver = new Set<string>()
  const list = () => tenants
  const all = shares({
    tenants: { list },
    most,
    handedOver,
    wake: (key) => woken.push(keyText(key)),
  })
  const turns = () => tenants.map((obj) => all.turnOf(obj))
  const end = (text: string) => {
    const at = tenants.findIndex(({ metadata }) => metadata.uid === text)
    const ended = tenant(text)
    tenants.splice(at, 1, ended)
    all.changed(ended)
  }
  return { all, woken, handedOver, turns, end }
}

test('turns go by age in each namespace for itself', () => {
  const { turns } = namespaces([
    tenant('a/3', {}),
    tenant('a/1', {}),
    tenant('b/9', {}),
    tenant('a/2', {}),
  ])
  expect(turns()).toEqual([2, 0, 0, 1])
})

test('one that took the place of another that ran has its place, a deletion that of deletions', () => {
  const startedAt = '2026-01-01T00:00:00Z'
  const cancelled = { ...tenant('', {}).status.operation, id: 'x', finishedAt: startedAt }
  const history = [{ kind: 'Update', generation: 1, startedAt, ...cancelled, result: 'Cancelled' }]
  const inPlaceOf = (text: string, wish: Wish, finishedAt = startedAt) => {
    const obj = tenant(text, wish)
    return { ...obj, status: { ...obj.status, history: [{ ...history[0], finishedAt }] } } as never
  }
  const { turns } = namespaces([
    tenant('a/1', {}),
    inPlaceOf('a/9', {}),
    inPlaceOf('a/8', { kind: 'Delete' }),
    inPlaceOf('a/7', {}, '2025-12-31T00:00:00Z'), // suspended, and resumed later
  ])
  expect(turns()).toEqual([2, 0, 1, 3])
})

test('a turn is that of the tenant as it is now, whatever the cache has of it', () => {
  const { all } = namespaces([tenant('a/1', {}), tenant('a/2', {}), tenant('a/3')], 2)
  expect(all.turnOf(tenant('a/3', {}))).toBe(2)
})

test('what has begun comes before, then deletions', () => {
  const { turns, handedOver } = namespaces([
    tenant('a/1', {}),
    tenant('a/2', { step: 'Network' }),
    tenant('a/3', { kind: 'Delete' }),
    tenant('a/4', {}),
  ])
  expect(turns()).toEqual([2, 0, 1, 3])
  handedOver.add('4')
  expect(turns()).toEqual([3, 0, 2, 1])
})

test('those without an operation, or with one that is only measured, take no turn', () => {
  const { turns, all } = namespaces(
    [tenant('a/1'), tenant('a/2', { step: 'Verify' }), tenant('a/3', {})],
    1,
  )
  expect(turns()).toEqual([0, 0, 0])
  expect([0, 1].map((turn) => all.mustWait(turn))).toEqual([false, true])
})

test('who had to wait is woken in turn, once, when one of the namespace ends', () => {
  const { turns, end, woken } = namespaces(
    [1, 2, 3, 4].map((n) => tenant(`a/${n}`, {})).concat(tenant('b/1', {})),
  )
  turns()
  end('b/1')
  expect(woken).toEqual([])
  end('a/1')
  expect(woken).toEqual(['a/3'])
  end('a/2')
  expect(woken).toEqual(['a/3', 'a/4'])
})

test('of a namespace that has one at a time, the first that waits is woken', () => {
  const { turns, end, woken } = namespaces([tenant('a/1', {}), tenant('a/2', {})], 1)
  turns()
  end('a/1')
  expect(woken).toEqual(['a/2'])
})

test('one whose turn has come meanwhile does not wait to be woken', () => {
  const tenants = [1, 2, 3].map((n) => tenant(`a/${n}`, {}))
  const { turns, end, woken } = namespaces(tenants)
  turns()
  tenants.splice(0, 1, tenant('a/1'))
  expect(turns()).toEqual([0, 0, 1])
  end('a/2')
  expect(woken).toEqual([])
})

test('one that goes on leaves its place to nobody', () => {
  const { turns, all, woken } = namespaces([1, 2, 3].map((n) => tenant(`a/${n}`, {})))
  turns()
  all.changed(tenant('a/1', { step: 'Nodes' }))
  expect(woken).toEqual([])
})

test('age decides in whichever order they are listed', () => {
  for (const order of [
    ['1', '2', '3'],
    ['3', '2', '1'],
    ['2', '3', '1'],
    ['2', '1', '3'],
  ]) {
    const { turns } = namespaces(order.map((name) => tenant(`a/${name}`, {})))
    expect(turns()).toEqual(order.map((name) => Number(name) - 1))
  }
})

// The status as a whole, from what was there, what a handler said and how it ended. Pure.
import { expect, test } from 'vitest'
import type { KubeObject } from '../../../../operator/framework/kube/objects.ts'
import {
  nextStatus,
  statusManifest,
  type Collected,
} from '../../../../operator/framework/status/status.ts'
import { widgets } from '../harness.ts'

const widget = (more: object = {}, status?: object): KubeObject => ({
  apiVersion: 'example.com/v1',
  kind: 'Widget',
  metadata: {
    name: 'a',
    namespace: 'shop',
    uid: 'u',
    resourceVersion: '1',
    generation: 3,
    ...more,
  } as KubeObject['metadata'],
  spec: {},
  ...(status && { status }),
})
const nothing: Collected = { fields: {}, conditions: [] }
const settled = { type: 'settled' } as const
const retry = { type: 'retry', reason: 'R', message: 'm', error: undefined } as const
const next = (obj: KubeObject, collected: Partial<Collected>, ending?: never) =>
  nextStatus(obj, { ...nothing, ...collected }, { ending, time: 'now' })
const condition = (type: string, status: 'True' | 'False', reason = 'Own') => ({
  type,
  status,
  reason,
  message: '',
})

test('fields are added, taken away, and compared as they go over the wire', () => {
  const obj = widget({}, { size: 1, color: 'red' })
  expect(next(obj, { fields: { size: 2 } })).toEqual({ size: 2, color: 'red' })
  expect(next(obj, { fields: { color: undefined } })).toEqual({ size: 1 })
  expect(next(obj, { fields: { size: 1 } })).toBeUndefined()
  const dated = widget({}, { at: '2026-01-01T00:00:00.000Z' })
  expect(next(dated, { fields: { at: new Date('2026-01-01') } })).toBeUndefined()
  expect(next(widget(), {})).toBeUndefined()
})

test('without an ending nothing is said of the generation, nor of Ready', () => {
  expect(next(widget(), { fields: { size: 1 } })).toEqual({ size: 1 })
  const status = next(widget(), { conditions: [condition('Painted', 'True')] })
  expect(status).toEqual({
    conditions: [
      { ...condition('Painted', 'True'), lastTransitionTime: 'now', observedGeneration: 3 },
    ],
  })
})

test('an ending says which generation and which request it was of', () => {
  const asked = { annotations: { 'reconcile.fluxcd.io/requestedAt': 'noon' } }
  expect(next(widget(asked), {}, settled as never)).toMatchObject({
    observedGeneration: 3,
    lastHandledReconcileAt: 'noon',
  })
  const ungenerated = next(widget({ generation: undefined }), {}, settled as never)
  expect(ungenerated).not.toHaveProperty('observedGeneration')
  expect(ungenerated).not.toHaveProperty('lastHandledReconcileAt')
  const fields = { lastHandledReconcileAt: 'morning' }
  expect(next(widget(asked), { fields }, settled as never)).toMatchObject(fields)
})

test('a handler words a condition; whether it is true is its ending’s to say', () => {
  const types = (ending: object, ...own: ReturnType<typeof condition>[]) =>
    next(widget(), { conditions: own }, ending as never)?.conditions?.map(
      ({ type, status, reason }) => `${type} ${status} ${reason}`,
    )
  expect(types(settled, condition('Ready', 'True'))).toEqual(['Ready True Own'])
  expect(types(settled, condition('Ready', 'False'))).toEqual(['Ready True Succeeded'])
  expect(types(retry, condition('Ready', 'True'), condition('Painted', 'True'))).toEqual([
    'Painted True Own',
    'Ready False R',
    'Reconciling True R',
  ])
  expect(types(settled, condition('Stalled', 'True'), condition('Reconciling', 'True'))).toEqual([
    'Ready True Succeeded',
  ])
})

test('of two wordings of one condition the last counts', () => {
  const conditions = [condition('Painted', 'True'), condition('Painted', 'False')]
  expect(next(widget(), { conditions })?.conditions).toMatchObject([{ status: 'False' }])
})

test('what is over is taken away', () => {
  const before = [
    { ...condition('Reconciling', 'True'), lastTransitionTime: 'then' },
    { ...condition('Painted', 'True'), lastTransitionTime: 'then' },
  ]
  const status = next(widget({}, { conditions: before }), {}, settled as never)
  expect(status?.conditions?.map(({ type }) => type)).toEqual(['Painted', 'Ready'])
})

test('the manifest is of this version of this object', () => {
  expect(statusManifest(widgets, widget(), { size: 1 })).toEqual({
    apiVersion: 'example.com/v1',
    kind: 'Widget',
    metadata: { name: 'a', namespace: 'shop', resourceVersion: '1' },
    status: { size: 1 },
  })
  const { metadata } = statusManifest(widgets, widget({ namespace: undefined }), {})
  expect(metadata).not.toHaveProperty('namespace')
})

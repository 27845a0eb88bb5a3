// Problems are told in the fields that their author wrote.
import { expect, test } from 'vitest'
import { v1Shape, v2Shape } from '../../../../operator/api/locust/locust-test-shapes.ts'
import { inWordsOf } from '../../../../operator/loadtest/spec/v1-words.ts'

/** Whether there is such a field. */
const has = (shape: unknown, path: string): boolean =>
  path
    .replace(/^spec\./, '')
    .replaceAll(/\[\d+\]/g, '.0')
    .split('.')
    .reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], shape) !==
  undefined

test.each([
  ['spec.master.command', 'spec.masterCommandSeed'],
  ['spec.worker.command', 'spec.workerCommandSeed'],
  ['spec.worker.replicas', 'spec.workerReplicas'],
  ['spec.master.labels', 'spec.labels.master'],
  ['spec.worker.annotations', 'spec.annotations.worker'],
  ['spec.testFiles.configMapRef', 'spec.configMap'],
  ['spec.testFiles.libConfigMapRef', 'spec.libConfigMap'],
  ['spec.scheduling.affinity', 'spec.affinity'],
  ['spec.scheduling.tolerations', 'spec.tolerations'],
])('%s is %s', (v2, v1) => {
  expect(has(v2Shape, v2)).toBe(true)
  expect(has(v1Shape, v1)).toBe(true)
  expect(inWordsOf({ v1: true }, [`${v2}: expected this`])).toEqual([`${v1}: expected this`])
  expect(inWordsOf({}, [`${v2}: expected this`])).toEqual([`${v2}: expected this`])
})

test('an item of a list keeps its number, and what v1 lacks its name', () => {
  const told = ['spec.imagePullSecrets[2].name: expected a text', 'spec.report: expected an object']
  expect(inWordsOf({ v1: true }, told)).toEqual([
    'spec.imagePullSecrets[2]: expected a text',
    told[1],
  ])
})

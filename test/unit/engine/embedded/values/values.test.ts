import { expect, test } from 'vitest'
import {
  changedKeys,
  hasSecret,
  hasUnknown,
  lowerOutputs,
  masked,
  outputSignature,
  plain,
  resourceSignature,
  secretOf,
  unknownValue,
  withSecretOutputs,
  withoutNulls,
} from '../../../../../operator/engine/embedded/values/values.ts'
import { signatureKey } from '../../../../../operator/api/schema/grammar.ts'

const output = (o: { value?: unknown; secret?: boolean; dependencies?: string[] }) => ({
  [signatureKey]: outputSignature,
  ...o,
})

test('lowers output values: dependencies are gathered, secrets wrapped, missing values unknown', () => {
  const urns = new Set<string>()
  const lowered = lowerOutputs(
    {
      a: output({ value: 1, dependencies: ['x'] }),
      b: [output({ value: output({ value: 's', secret: true }) })],
      c: output({ dependencies: ['y'] }),
    },
    urns,
  )
  expect(lowered).toEqual({ a: 1, b: [secretOf('s')], c: unknownValue })
  expect([...urns]).toEqual(['x', 'y'])
})

test('finds secrets and unknowns however deep, also one in the other', () => {
  const value = { a: [{ b: secretOf({ c: unknownValue }) }] }
  expect([hasSecret(value), hasUnknown(value)]).toEqual([true, true])
  expect([hasSecret({ a: [1] }), hasUnknown({ a: [1] })]).toEqual([false, false])
  expect(plain(value)).toEqual({ a: [{ b: { c: unknownValue } }] })
  expect(JSON.stringify(masked({ pw: secretOf('hunter2') }))).not.toContain('hunter2')
})

test('drops nulls of inputs at the top level only', () => {
  expect(withoutNulls({ a: null, b: undefined, c: { d: null } })).toEqual({ c: { d: null } })
})

test('outputs are secret when they are named so or when their input is', () => {
  const outputs = withSecretOutputs({ a: 1, pw: 'x', arn: 'y' }, { pw: secretOf('x') }, ['arn'])
  expect(outputs).toEqual({ a: 1, pw: secretOf('x'), arn: secretOf('y') })
})

test('a secret that holds the same is no change', () => {
  expect(changedKeys({ a: secretOf(1), b: 1 }, { a: 1, b: 2, c: 3 })).toEqual(['b', 'c'])
})

test('a reference to a resource is kept as the official engine keeps it, with its version', () => {
  const reference = { [signatureKey]: resourceSignature, urn: 'urn:x', id: '1' }
  expect(lowerOutputs({ role: reference }, new Set())).toEqual({
    role: { ...reference, packageVersion: '' },
  })
  const versioned = { ...reference, packageVersion: '7.48.0' }
  expect(lowerOutputs(versioned, new Set())).toEqual(versioned)
})

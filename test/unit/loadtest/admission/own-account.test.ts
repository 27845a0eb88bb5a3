// Who may not run as the operator, in the operator's own check.
import { expect, test } from 'vitest'
import {
  ownAccountRefusal,
  type OwnAccount,
} from '../../../../operator/loadtest/admission/own-account.ts'
import { runAsOthers, runsAs } from '../../../support/loadtest/account-cases.ts'
import { defaults, subject } from '../../../support/loadtest/subjects.ts'

const own: OwnAccount = { namespace: 'team-a', serviceAccount: 'loadtest', wide: false }
const refusal = (more: Parameters<typeof subject>[0], o: Partial<OwnAccount> = {}) =>
  ownAccountRefusal(subject(more), defaults, { ...own, ...o })

test.each(runsAs('loadtest'))('%j is refused', (more, field) =>
  expect(refusal(more)).toEqual({
    reason: 'OperatorAccount',
    message: `spec.${field}: expected another ServiceAccount than the load-test operator's own, got loadtest`,
  }),
)

test.each(runAsOthers)('%j runs as another account', (more) =>
  expect(refusal(more)).toBe(undefined),
)

test('who names no account runs as default, and so does who takes the name away', () => {
  const asDefault = { serviceAccount: 'default' }
  const away = { master: { command: 'x', podTemplate: { spec: { serviceAccountName: null } } } }
  const scheduling = { serviceAccountName: 'runner' }
  expect(refusal({}, asDefault)).toMatchObject({ reason: 'OperatorAccount' })
  expect(refusal({ scheduling }, asDefault)).toBe(undefined)
  expect(refusal({ scheduling, ...away }, asDefault)).toMatchObject({ reason: 'OperatorAccount' })
})

test('an operator of every namespace makes no pod in its own, under any account', () => {
  const scheduling = { serviceAccountName: 'runner' }
  expect(refusal({ scheduling }, { wide: true })).toEqual({
    reason: 'OperatorNamespace',
    message: "metadata.namespace: expected another than the load-test operator's own, got team-a",
  })
  expect(refusal({}, { wide: true, namespace: 'elsewhere' })).toBe(undefined)
})

test('the account of the same name in another namespace is another account', () =>
  expect(refusal({ scheduling: { serviceAccountName: 'loadtest' } }, { namespace: 'b' })).toBe(
    undefined,
  ))

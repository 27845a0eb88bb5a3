// The passphrase of each tenant's stacks, on the embedded engine: stacks of earlier releases, rotation, and what does not open.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { runSealedOperation, stateKeys, type StateKeys } from '../../../operator/engine/index.ts'
import type { StackOperation } from '../../../operator/engine/operation.ts'
import { openHarness, type Harness } from './operation-harness.ts'

const sealed = (harness: Harness, keys: StateKeys, o: Partial<StackOperation> = {}) =>
  runSealedOperation(harness.operation(o), {
    settings: harness.settings,
    keys,
    env: harness.env,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    log: pino({ level: 'silent' }),
  })

const secretText = (harness: Harness) => readFile(join(harness.cloud, 'one.resource'), 'utf8')

test('a stack that an earlier release sealed with the master is sealed for its tenant, and goes on', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'one', secret: 'hunter2' }] })
  await harness.run()
  const made = await secretText(harness)
  const keys = stateKeys({ passphrase: harness.settings.passphrase })
  expect(await sealed(harness, keys)).toMatchObject({ status: 'succeeded', changes: { same: 2 } })
  expect(await secretText(harness)).toBe(made)
  expect(await harness.run()).toMatchObject({
    status: 'failed',
    fault: { code: 'WrongPassphrase' },
  })
  const own = { ...harness.settings, passphrase: keys.passphraseOf('team-a.payments') }
  expect(await harness.run({}, { settings: own })).toMatchObject({ changes: { same: 2 } })
  expect(JSON.stringify(await harness.state())).not.toContain('hunter2')
})

test('after a rotation a stack is sealed anew by its next operation, and the previous passphrase opens nothing', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'one', secret: 'hunter2' }] })
  const old = stateKeys({ passphrase: 'old' })
  await sealed(harness, old)
  const rotated = stateKeys({ passphrase: 'new', previous: 'old' })
  expect(await sealed(harness, rotated)).toMatchObject({ changes: { same: 2 } })
  const over = stateKeys({ passphrase: 'new' })
  expect(await sealed(harness, over, { kind: 'destroy' })).toMatchObject({ status: 'succeeded' })
  expect(await sealed(harness, old)).toMatchObject({ fault: { code: 'WrongPassphrase' } })
})

test('what neither passphrase opens is left as it is', async () => {
  await using harness = await openHarness()
  await harness.plan({ resources: [{ name: 'one', secret: 'hunter2' }] })
  await sealed(harness, stateKeys({ passphrase: 'lost' }))
  const before = await harness.state()
  const calls = await harness.calls()
  const refused = await sealed(harness, stateKeys({ passphrase: 'new', previous: 'other' }))
  expect(refused).toMatchObject({
    status: 'failed',
    fault: { code: 'WrongPassphrase', retryable: false },
  })
  expect(await harness.state()).toEqual(before)
  expect(await harness.calls()).toEqual(calls)
})

import { createRequire } from 'node:module'
import { expect, test } from 'vitest'
import { leanSdk } from '../../../../operator/engine/process/lean-sdk.ts'

const sdk = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi'))

test('the SDK neither tells the engine of its debugging nor notes where each promise was made', async () => {
  leanSdk()
  const settings = sdk('@pulumi/pulumi/runtime/settings.js')
  const said: unknown[] = []
  settings.getEngine = () => ({ log: (request: unknown) => said.push(request) })
  await sdk('@pulumi/pulumi').log.debug('a secret')
  expect(said).toEqual([])
  const promise = Promise.resolve()
  expect(sdk('@pulumi/pulumi/runtime/debuggable.js').debuggablePromise(promise)).toBe(promise)
  expect(promise).not.toHaveProperty('_debugStackTrace')
})

test('the resolver of closures is not loaded', () => {
  leanSdk()
  expect(new (sdk('@npmcli/arborist'))()).toEqual({})
})

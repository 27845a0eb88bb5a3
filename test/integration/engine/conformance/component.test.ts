// Remote components: the component's own SDK code runs inside the provider, against the engine's monitor.
import { expect, test } from 'vitest'
import { runComponent } from '../../../sandbox/providers/eks/sdk.ts'
import { componentProvider, Pair, pairInUse, RemotePair, Thing } from './component-provider.ts'
import { fakeProvider } from './fake-provider.ts'
import { openStack } from './stack-harness.ts'

test('a remote component makes its children, gives its outputs and is deleted in order', async () => {
  await using stack = await openStack(componentProvider)
  const { outputs, summary } = await stack.up(pairInUse)
  expect(outputs['pair']?.value).toBe('arn:fake:pair2')
  expect(summary.resourceChanges).toEqual({ create: 6 })
  const records = await stack.records()
  const second = records['pair-second']
  expect(second?.parent).toContain('fake:index:Pair::pair')
  expect(records['user']?.propertyDependencies?.['ref']).toContain(second?.urn)
  expect(records['pair-first']?.inputs?.['name']).toBe('arn:fake:base')
  expect((await stack.up(pairInUse)).summary.resourceChanges).toEqual({ same: 6 })
  stack.world.calls = []
  await stack.destroy()
  const deleted = stack.world.calls.map(([, , urn]) => String(urn).split('::').at(-1))
  expect(deleted).toEqual(['user', 'pair-second', 'pair-first', 'base'])
})

test('a component in the engine’s own process needs no socket to call it', async () => {
  await using stack = await openStack((world) => {
    const provider = componentProvider(world)
    const nowhere = { monitorAddress: 'unix:/nowhere', engineAddress: 'unix:/nowhere' }
    return { ...provider, construct: (request) => provider.construct({ ...request, ...nowhere }) }
  })
  expect((await stack.up(pairInUse)).summary.resourceChanges).toEqual({ create: 6 })
})

test('a failure inside a component fails the operation with the child’s error', async () => {
  await using stack = await openStack((world) => ({
    ...fakeProvider(world),
    construct: (request) =>
      runComponent(request, (_inputs, options) => {
        const pair = new Pair(request.name, { label: 'x' }, options)
        const broken = new Thing('broken', { name: 'broken', fail: 'create' }, { parent: pair })
        return { urn: pair.urn, outputs: { arn: broken.arn } }
      }),
  }))
  const failed = stack.up(async () => ({ arn: new RemotePair('pair', {}).arn }))
  await expect(failed).rejects.toThrow('boom create')
})

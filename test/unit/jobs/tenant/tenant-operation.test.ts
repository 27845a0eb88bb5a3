// The sequence of one operation: which Pulumi operations run on which stack, what is reported, and how failures end.
import { describe, expect, test } from 'vitest'
import type { OperationResult, StackOperation } from '../../../../operator/engine/index.ts'
import { TenantApiError } from '../../../../operator/framework/index.ts'
import { providers } from '../../../support/provider/providers.ts'
import { empty, failedWith, outputs, playOn, succeeded, type Scene } from './scene.ts'

describe.each(providers)('on the provider $name', (provider) => {
  const play = (scene: Scene) => playOn(provider, scene)

  describe('create', () => {
    test('brings up the cloud, then the add-ons with a kubeconfig', async () => {
      const { calls, steps, ending } = await play({ kind: 'Create' })
      expect(calls).toEqual(['up a.b', 'up a.b.addons with kubeconfig'])
      expect(steps).toEqual(['Preflight', 'Plan', 'Network', 'AddOns'])
      expect(ending).toEqual({ result: 'Succeeded', outputs, credentialsVersion: '7' })
    })

    test('looks at what is really there after a failure', async () => {
      const { calls } = await play({ kind: 'Create', attempt: 2 })
      expect(calls).toEqual(['up a.b refreshed', 'up a.b.addons refreshed with kubeconfig'])
    })

    test('asks neither AWS nor the engine about values that the chart refuses', async () => {
      const spec = { addons: { loadTesting: { values: { image: 5 } } } }
      const cloud = { preflight: async () => expect.unreachable() }
      const { calls, ending } = await play({ kind: 'Create', spec, cloud })
      expect(calls).toEqual([])
      expect(ending.fault?.message).toBe(
        'spec.addons.loadTesting.values.image: expected an object, got 5',
      )
    })

    test('refuses a spec that an older schema let through, by its field, and deletes it nevertheless', async () => {
      const old = { maps: [{ name: 'x', entries: [{ key: 'k', options: '-fstype=bind', location: ':/srv' }] }] } // prettier-ignore
      const stored = { nodePools: [{ name: 'default' }], autofs: old }
      const { calls, ending } = await play({ kind: 'Update', stored })
      expect(calls).toEqual([])
      expect(ending.fault).toMatchObject({
        code: 'InvalidSpec',
        inputPath: 'spec.autofs.maps[0].entries[0].options',
        value: '-fstype=bind',
        retryable: false,
      })
      expect((await play({ kind: 'Delete', stored })).ending.result).toBe('Succeeded')
    })

    test('touches nothing when the spec cannot work', async () => {
      const fault = {
        code: 'InvalidSpec',
        inputPath: 'spec.kubernetesVersion',
        message: 'no',
        retryable: false,
      }
      const { calls, ending } = await play({
        kind: 'Create',
        cloud: { preflight: async () => fault },
      })
      expect(calls).toEqual([])
      expect(ending).toEqual({ result: 'Failed', fault, credentialsVersion: '7' })
    })

    test('needs the Secret', async () => {
      const { calls, ending } = await play({ kind: 'Create', secret: false })
      expect(calls).toEqual([])
      expect(ending).toMatchObject({
        result: 'Failed',
        fault: {
          code: 'CredentialsMissing',
          inputPath: `spec.provider.${provider.name}.credentialsRef.name`,
        },
      })
    })

    test('ends with the fault of the stack that failed', async () => {
      const fault = { code: 'AWS.Quota.Vpc', message: 'full', retryable: true }
      const { calls, ending } = await play({ kind: 'Create', engine: () => failedWith(fault) })
      expect(calls).toEqual(['up a.b'])
      expect(ending).toMatchObject({ result: 'Failed', fault })
    })
  })

  describe('update', () => {
    const efs = { autofs: { maps: [{ name: 'home', source: 'EFS' }] } }
    const withFileSystem = (o: StackOperation) =>
      o.kind === 'outputs'
        ? succeeded({ ...outputs, sharedStorage: { server: 'fs-1.example' } })
        : undefined
    const update = { kind: 'Update', provisioned: true } as const
    const usual = ['up a.b', 'up a.b.addons with kubeconfig']

    test('takes a file system that goes off the nodes before it takes it away', async () => {
      const tenantApi = { get: async () => undefined }
      const { calls, ending } = await play({ ...update, engine: withFileSystem, tenantApi })
      expect(calls).toEqual(['outputs a.b', 'up a.b.addons with kubeconfig', ...usual])
      expect(ending.result).toBe('Succeeded')
    })

    test('keeps a file system that the nodes could not be told to let go of', async () => {
      const fault = { code: 'Unreachable', message: 'x', retryable: true }
      const engine = (o: StackOperation) =>
        o.program === 'addons' ? failedWith(fault) : withFileSystem(o)
      const { calls, ending } = await play({ ...update, engine })
      expect(calls).toEqual(['outputs a.b', 'up a.b.addons with kubeconfig'])
      expect(ending).toMatchObject({ result: 'Failed', fault })
    })

    test('makes a file system that comes before the nodes use it', async () => {
      const { calls } = await play({ ...update, spec: efs })
      expect(calls).toEqual(usual)
    })

    test('has the usual order where there is no file system', async () => {
      const { calls } = await play(update)
      expect(calls).toEqual(['outputs a.b', ...usual])
    })
  })

  describe('when it is stopped', () => {
    const stopped = async (o: Pick<Scene, 'signal' | 'lost'>) => {
      const calls: string[] = []
      const ending = play({ kind: 'Create', hangs: () => true, calls, ...o })
      await expect(ending).rejects.toThrow()
      return calls
    }

    test('the engine is asked to end', async () => {
      expect(await stopped({ signal: new AbortController() })).toEqual(['up a.b', 'asked to end'])
    })

    test('the engine is killed where another worker may begin', async () => {
      expect(await stopped({ lost: new AbortController() })).toEqual(['up a.b', 'killed'])
    })
  })

  describe('delete', () => {
    const destroyedCloud = ['unprotect', 'remove strays', 'destroy a.b refreshed']
    const destroyed = [...destroyedCloud, 'remove a.b.addons', 'remove a.b']

    test('drains, destroys add-ons and cloud, sweeps, and removes the stacks last', async () => {
      const { calls, steps, ending } = await play({ kind: 'Delete', tenantApi: empty })
      expect(calls).toEqual(['outputs a.b', 'destroy a.b.addons with kubeconfig', ...destroyed])
      expect(steps).toEqual(['Drain', 'Destroy', 'Sweep'])
      expect(ending.result).toBe('Succeeded')
    })

    test('of an orphan, only lists what is there', async () => {
      const remaining = [{ type: 'ec2:vpc', id: 'vpc-1' }]
      const { calls, ending } = await play({
        kind: 'Delete',
        spec: { deletionPolicy: 'Orphan' },
        cloud: { look: async () => remaining },
      })
      expect(calls).toEqual(['outputs a.b'])
      expect(ending).toMatchObject({ result: 'Succeeded', remaining })
    })

    test('touches nothing of a protected tenant', async () => {
      const spec = { deletionProtection: true }
      const { calls, ending } = await play({ kind: 'Delete', tenantApi: empty, spec })
      expect(calls).toEqual([])
      expect(ending).toMatchObject({ result: 'Failed', fault: { code: 'DeletionProtected' } })
    })

    test('goes on without the cluster when its API server is silent', async () => {
      const { calls, ending } = await play({ kind: 'Delete' })
      expect(calls).toEqual(['outputs a.b', ...destroyed])
      expect(ending.result).toBe('Succeeded')
    })

    test('goes on without the cluster when the stack names no API server that can be used', async () => {
      const tenantApi = () => Promise.reject(new TenantApiError('server', 'expected https'))
      const { calls, ending } = await play({
        kind: 'Delete',
        tenantApi: empty,
        cloud: { tenantApi },
      })
      expect(calls).toEqual(['outputs a.b', ...destroyed])
      expect(ending.result).toBe('Succeeded')
    })

    test('does not look for a cluster that creation never came to', async () => {
      const noOutputs = (o: StackOperation) => (o.kind === 'outputs' ? succeeded() : undefined)
      const { calls } = await play({ kind: 'Delete', tenantApi: empty, engine: noOutputs })
      expect(calls).toEqual(['outputs a.b', ...destroyed])
    })

    test('is not held up by add-ons that cannot be destroyed', async () => {
      const fault = { code: 'Unreachable', message: 'x', retryable: true }
      const engine = (o: StackOperation) =>
        o.program === 'addons' && o.kind === 'destroy' ? failedWith(fault) : undefined
      const { ending } = await play({ kind: 'Delete', tenantApi: empty, engine })
      expect(ending.result).toBe('Succeeded')
    })

    test('is not held up by add-ons that never end', async () => {
      const { calls, ending } = await play({
        kind: 'Delete',
        tenantApi: empty,
        drainMs: 20,
        hangs: (o) => o.program === 'addons' && o.kind === 'destroy',
      })
      expect(calls).toContain('destroy a.b refreshed')
      expect(ending.result).toBe('Succeeded')
    })

    test('leaves a stack alone that belongs to another', async () => {
      const clash = { code: 'StackNameClash', message: 'x', retryable: false }
      const engine = (o: StackOperation) => (o.kind === 'outputs' ? failedWith(clash) : undefined)
      const { calls, steps, ending } = await play({ kind: 'Delete', engine })
      expect(calls).toEqual(['outputs a.b'])
      expect(steps).toEqual(['Drain', 'Sweep'])
      expect(ending.result).toBe('Succeeded')
    })

    const damaged = { code: 'StateDamaged', message: 'x', retryable: false }

    test('goes on by the sweep where the state cannot be read', async () => {
      const engine = (o: StackOperation) => (o.kind === 'outputs' ? failedWith(damaged) : undefined)
      const { calls, ending } = await play({ kind: 'Delete', engine })
      const removed = ['remove a.b.addons', 'remove a.b']
      expect(calls).toEqual(['outputs a.b', 'unprotect', 'remove strays', ...removed])
      expect(ending.result).toBe('Succeeded')
    })

    test('keeps state that cannot be read while the sweep finds something', async () => {
      const engine = (o: StackOperation) => (o.kind === 'outputs' ? failedWith(damaged) : undefined)
      const sweep = async () => [{ type: 'ec2:vpc', id: 'vpc-1' }]
      const { calls, ending } = await play({ kind: 'Delete', engine, cloud: { sweep } })
      expect(calls).toEqual(['outputs a.b', 'unprotect', 'remove strays'])
      expect(ending).toMatchObject({ result: 'Failed', fault: { code: 'ResourcesRemain' } })
    })

    test('is over when nothing is left, though a bucket keeps state that cannot be read', async () => {
      const engine = () => failedWith(damaged)
      expect((await play({ kind: 'Delete', engine })).ending.result).toBe('Succeeded')
    })

    test('keeps the stacks while AWS holds something of the tenant', async () => {
      const remaining = [{ type: 'ec2:network-interface', id: 'eni-1' }]
      const { calls, ending } = await play({
        kind: 'Delete',
        cloud: { sweep: async () => remaining },
      })
      expect(calls).toEqual(['outputs a.b', ...destroyedCloud])
      expect(ending).toMatchObject({
        result: 'Failed',
        remaining,
        fault: { code: 'ResourcesRemain', retryable: true },
      })
    })

    test('ends with the fault of a destroy that fails, and removes nothing', async () => {
      const fault = { code: 'CredentialsInvalid', message: 'no', retryable: false }
      const engine = (o: StackOperation) => (o.kind === 'destroy' ? failedWith(fault) : undefined)
      const { calls, ending } = await play({ kind: 'Delete', engine })
      expect(calls).toEqual(['outputs a.b', ...destroyedCloud])
      expect(ending).toMatchObject({ result: 'Failed', fault })
    })
  })

  describe('with credentials of another account', () => {
    const fault = { code: 'AccountMismatch', message: 'x', retryable: false }
    const untouched = {
      preflight: async () => expect.unreachable(),
      unprotect: async () => expect.unreachable(),
      removeStrays: async () => expect.unreachable(),
      sweep: async () => expect.unreachable(),
      look: async () => expect.unreachable(),
    }

    test.each([
      ['Create', {}],
      ['Update', { provisioned: true }],
      ['Delete', {}],
      ['Delete', { spec: { deletionPolicy: 'Orphan' } }],
    ] as const)('%s %o touches nothing, by what the status remembers', async (kind, o) => {
      const asked: string[] = []
      const accountFault = async (
        _: unknown,
        __: unknown,
        { remembered }: { remembered: string },
      ) => (asked.push(remembered), fault)
      const cloud = { ...untouched, accountFault }
      const { calls, ending } = await play({ kind, ...o, account: '111111111111', cloud })
      expect(calls).toEqual([])
      expect(asked).toEqual(['111111111111'])
      expect(ending).toEqual({ result: 'Failed', fault, credentialsVersion: '7' })
    })

    test.each(['Delete', 'Orphan'])(
      'deletion by policy %s touches nothing, by what the state remembers',
      async (deletionPolicy) => {
        const engine = () => failedWith(fault)
        const spec = { deletionPolicy }
        const scene = { kind: 'Delete', spec, cloud: untouched, engine } as const
        const { calls, ending } = await play(scene)
        expect(calls).toEqual(['outputs a.b'])
        expect(ending).toMatchObject({ result: 'Failed', fault })
      },
    )
  })

  describe('when the cluster was lost', () => {
    const fault = { code: 'ClusterLost', value: 'b@1', message: 'x', retryable: false }
    const update = { kind: 'Update', provisioned: true } as const
    const lost = (o: StackOperation) =>
      o.program === 'cloud' && o.kind !== 'destroy' && o.kind !== 'remove' && o.recreates !== 'b@1'
        ? failedWith(fault)
        : undefined

    test('an update ends with that, and connects to nothing', async () => {
      const { calls, ending } = await play({ ...update, engine: lost })
      expect(calls).toEqual(['outputs a.b', 'up a.b'])
      expect(ending).toMatchObject({ result: 'Failed', fault })
    })

    test('an update with the consent to it looks at what is there, and goes on', async () => {
      const annotations = { 'cratekube.io/recreate-cluster': 'b@1' }
      const { calls, ending } = await play({ ...update, engine: lost, annotations })
      const ups = ['up a.b refreshed', 'up a.b.addons refreshed with kubeconfig']
      expect(calls).toEqual(['outputs a.b', ...ups])
      expect(ending.result).toBe('Succeeded')
    })

    test('deletion goes on without it', async () => {
      const { calls, ending } = await play({ kind: 'Delete', tenantApi: empty, engine: lost })
      const destroyed = ['unprotect', 'remove strays', 'destroy a.b refreshed']
      expect(calls).toEqual(['outputs a.b', ...destroyed, 'remove a.b.addons', 'remove a.b'])
      expect(ending.result).toBe('Succeeded')
    })
  })

  describe('adoption', () => {
    const uid = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9'
    const scene = { kind: 'Create', spec: { adopt: { uid } } } as const
    const update = { op: 'update', type: 'aws:ec2/vpc:Vpc', name: 'vpc', fields: ['tags'] }
    const plans =
      (planned: Partial<Record<StackOperation['program'], object>>) =>
      ({ kind, program }: StackOperation) =>
        kind === 'preview'
          ? ({ ...succeeded(), planned: planned[program] ?? [] } as OperationResult)
          : undefined
    const looked = ['preview a.b refreshed', 'outputs a.b', 'preview a.b.addons refreshed with kubeconfig'] // prettier-ignore

    test('looks at both stacks first, and takes them over with a look at what is there', async () => {
      const { calls, ending } = await play({ ...scene, engine: plans({}) })
      expect(calls).toEqual([
        ...looked,
        'up a.b refreshed',
        'up a.b.addons refreshed with kubeconfig',
      ])
      expect(ending).toMatchObject({ result: 'Succeeded', adopted: uid })
    })

    test('runs everything under the uid that was adopted', async () => {
      const uids = new Set<string>()
      const note = (o: StackOperation) => (uids.add(o.tenant.uid), plans({})(o))
      await play({ ...scene, engine: note })
      await play({ ...scene, kind: 'Update', adopted: uid, engine: note })
      await play({ ...scene, kind: 'Delete', adopted: uid, engine: note })
      expect([...uids]).toEqual([uid])
    })

    test('of a plugin’s version alone is no change', async () => {
      const provider = { ...update, type: 'pulumi:providers:aws' }
      const { ending } = await play({ ...scene, engine: plans({ cloud: [provider] }) })
      expect(ending.result).toBe('Succeeded')
    })

    test.each(['cloud', 'addons'] as const)(
      'changes nothing where the %s differ',
      async (program) => {
        const many = Array.from({ length: 30 }, () => ({ ...update, name: 'n'.repeat(500) }))
        const { calls, ending } = await play({ ...scene, engine: plans({ [program]: many }) })
        expect(calls).toEqual(looked.slice(0, program === 'cloud' ? 1 : 3))
        expect(ending).toMatchObject({ fault: { code: 'AdoptionDiffers', retryable: false } })
        expect(ending.fault?.message).toMatch(/it would update aws:ec2\/vpc:Vpc n+….* and 22 more$/)
        expect(ending.fault?.message.length).toBeLessThan(2_000)
      },
    )

    test('of a cluster that was never finished is refused', async () => {
      const engine = (o: StackOperation) => (o.kind === 'outputs' ? succeeded() : plans({})(o))
      const { ending } = await play({ ...scene, engine })
      expect(ending.fault?.message).toContain('never finished')
    })

    test.each([
      ['not made a second time while AWS holds anything of it', 'a/b', ['up a.b']],
      ['made again where it holds nothing', undefined, ['up a.b', 'up a.b', 'up a.b.addons with kubeconfig']], // prettier-ignore
    ])('a stack that was lost after it had been applied is %s', async (_, owner, ups) => {
      const fault = { code: 'StackLost', message: 'x', retryable: false }
      const engine = (o: StackOperation) => (o.appliedBefore ? failedWith(fault) : plans({})(o))
      const cloud = { madeFor: async () => ({ account: '123456789012', owner }) }
      const { calls, ending } = await play({ kind: 'Update', provisioned: true, cloud, engine })
      expect(calls).toEqual(['outputs a.b', ...ups])
      expect(ending.fault?.code).toBe(owner && 'StackLost')
    })

    test('is checked by what the Lease says, not by a status', async () => {
      const { calls } = await play({
        ...scene,
        kind: 'Update',
        provisioned: true,
        engine: plans({}),
      })
      expect(calls.slice(0, 3)).toEqual(looked)
      const taken = await play({ ...scene, kind: 'Update', adopted: uid, provisioned: true })
      expect(taken.calls).toEqual(['outputs a.b', 'up a.b', 'up a.b.addons with kubeconfig'])
    })

    test('before it nothing of the adopted is looked for, let alone removed', async () => {
      const uids = new Set<string>()
      const note = (o: StackOperation) => void uids.add(o.tenant.uid)
      const sweep = async (tenant: { uid: string }) => (uids.add(tenant.uid), [])
      const { ending } = await play({ ...scene, kind: 'Delete', engine: note, cloud: { sweep } })
      expect(ending.result).toBe('Succeeded')
      expect(ending.adopted).toBeUndefined()
      expect([...uids]).toEqual(['u'])
    })

    test.each([undefined, { uid: uid.replace('0', '9') }])(
      'cannot be changed afterwards, to %o',
      async (adopt) => {
        const { calls, ending } = await play({
          ...scene,
          kind: 'Update',
          spec: { adopt },
          adopted: uid,
        })
        expect(calls).toEqual([])
        expect(ending).toMatchObject({ fault: { code: 'AdoptionRefused' } })
      },
    )
  })
})

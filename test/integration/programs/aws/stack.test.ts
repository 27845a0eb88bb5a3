// The cloud stack of a tenant through the real runner and the embedded engine, on the AWS double with clusters in memory.
// Takes minutes: each test makes the whole cloud stack, and destroys it.
import { readdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { DescribeLaunchTemplateVersionsCommand } from '@aws-sdk/client-ec2'
import {
  DeleteClusterCommand,
  DeleteNodegroupCommand,
  DescribeNodegroupCommand,
  ListNodegroupsCommand,
  waitUntilClusterDeleted,
  waitUntilNodegroupDeleted,
  type LaunchTemplateSpecification,
} from '@aws-sdk/client-eks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Fault } from '../../../../operator/api/faults/fault.ts'
import { cloudOutputsSchema, type TenantInput } from '../../../../operator/api/tenant/stack.ts'
import { sweep } from '../../../../operator/aws/cleanup/sweep.ts'
import type { StackOperation } from '../../../../operator/engine/index.ts'
import type { KeyPair } from '../../../sandbox/aws/auth/credentials.ts'
import { beyondPolicy } from '../../../support/aws-policy.ts'
import { environment } from '../../aws/account.ts'
import { cloudLab, type CloudLab } from '../../aws/cloud-lab.ts'
import { tenantInput } from '../../../support/tenant-input.ts'
import { preflight } from '../../../../operator/aws/preflight/preflight.ts'
import { runCloud, stack, succeed, whereIn } from './cloud-stack.ts'

const spec = {
  autofs: { maps: [{ name: 'home', source: 'EFS' }] },
  nodePools: [{ name: 'default', aws: { instanceTypes: ['m6i.large'] }, desired: 2 }],
}
let lab: CloudLab

beforeAll(async () => {
  // Everything below is done under the very policy that the guide gives.
  lab = await cloudLab()
})
afterAll(() => lab?.[Symbol.asyncDispose]())

const run = (
  kind: StackOperation['kind'],
  tenant: TenantInput,
  o: { refresh?: boolean; recreates?: string } = {},
) => succeed({ kind, tenant, ...o }, whereIn(lab))

/** What the user takes away is taken away in AWS, and nothing is left to change. */
async function changeLabelsAndTags() {
  const labelled = (labels: object, tags: object) =>
    tenantInput({ ...spec, nodePools: [{ ...spec.nodePools[0], labels }], aws: { tags } })
  await run('up', labelled({ a: '1', b: '2' }, { x: '1', y: '2' }))
  const less = labelled({ a: '1' }, { x: '1' })
  await run('up', less)
  const nodegroup = await onlyNodegroup()
  expect(nodegroup?.labels).toEqual({ a: '1' })
  expect(nodegroup?.tags).toMatchObject({ x: '1' })
  expect(nodegroup?.tags).not.toHaveProperty('y')
  const keys = await tagKeysOfNodes(nodegroup?.launchTemplate)
  expect(keys).toContain('x')
  expect(keys).not.toContain('y')
  const before = lab.aws.calls.list({ mutating: true }).length
  const { changes } = await run('up', less, { refresh: true })
  const calls = lab.aws.calls.list({ mutating: true }).slice(before)
  expect(calls.map(({ service, operation }) => `${service}:${operation}`)).toEqual([])
  expect(Object.keys(changes)).toEqual(['same'])
}

async function onlyNodegroup() {
  const clusterName = 'payments-0a1b2c3d'
  const { nodegroups } = await lab.eks.send(new ListNodegroupsCommand({ clusterName }))
  const nodegroupName = nodegroups?.[0]
  const group = await lab.eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName }))
  return group.nodegroup
}

/** Of the version that the node group runs, which is the latest. */
async function tagKeysOfNodes(template: LaunchTemplateSpecification | undefined) {
  const { LaunchTemplateVersions } = await lab.ec2.send(
    new DescribeLaunchTemplateVersionsCommand({
      LaunchTemplateId: template?.id,
      Versions: ['$Latest'],
    }),
  )
  const latest = LaunchTemplateVersions?.[0]
  expect(String(latest?.VersionNumber)).toBe(template?.version)
  const specifications = latest?.LaunchTemplateData?.TagSpecifications ?? []
  return specifications.flatMap(({ Tags = [] }) => Tags.map(({ Key }) => Key))
}

test('is created, found unchanged, changed in place, and destroyed in an order that AWS takes', async () => {
  const created = await run('up', tenantInput(spec))
  expect(created.changes['create']).toBeGreaterThan(50)
  expect(cloudOutputsSchema.parse(created.outputs)).toMatchObject({
    clusterName: 'payments-0a1b2c3d',
    account: '123456789012',
    facts: {
      clusterArn: 'arn:aws:eks:eu-west-1:123456789012:cluster/payments-0a1b2c3d',
      fileSystemId: expect.stringMatching(/^fs-/),
    },
    sharedStorage: { server: expect.stringMatching(/^fs-\w+\.efs\.eu-west-1\.amazonaws\.com$/) },
  })
  expect(created.outputs).not.toHaveProperty('kubeconfig')

  const same = await run('up', tenantInput(spec))
  expect(Object.keys(same.changes)).toEqual(['same'])

  const before = lab.aws.calls.list({ mutating: true }).length
  // What AWS filled in since, such as the routes of a route table, is no drift.
  expect(Object.keys((await run('refresh', tenantInput(spec))).changes)).toEqual(['same'])
  const refreshed = await run('up', tenantInput(spec), { refresh: true })
  expect(Object.keys(refreshed.changes)).toEqual(['same'])
  expect(lab.aws.calls.list({ mutating: true })).toHaveLength(before)

  const grown = await run(
    'up',
    tenantInput({ ...spec, nodePools: [{ ...spec.nodePools[0], desired: 3 }] }),
  )
  expect(grown.changes).toMatchObject({ update: 1 })

  const open = (...privateCidrs: string[]) =>
    run('up', tenantInput({ ...spec, aws: { endpointAccess: { privateCidrs } } }))
  await open('10.20.0.0/16')
  expect((await open('198.51.100.0/24', '10.20.0.0/16')).changes).toMatchObject({ create: 1 })
  expect((await open('198.51.100.0/24')).changes).toMatchObject({ delete: 1 })

  await changeLabelsAndTags()

  const made = lab.aws.calls.list()
  lab.aws.calls.clear()
  await run('destroy', tenantInput(spec), { refresh: true })
  // A wrong order of deletion shows as a refusal by the double, which guards it as AWS does.
  const refused = lab.aws.calls.list({ mutating: true }).filter((call) => call.error !== undefined)
  expect(refused.map((call) => `${call.operation} ${call.error}`)).toEqual([])
  expect(await sweep(tenantInput(spec), lab.asCaller, { delete: false })).toEqual([])
  expect(beyondPolicy([...made, ...lab.aws.calls.list()])).toEqual([])
})

test('whose state is damaged says where it is and is deleted without it', async () => {
  const tenant = tenantInput({ nodePools: spec.nodePools })
  await run('up', tenant)
  const stacks = path.join(lab.folder, '.pulumi/stacks/cratekube')
  const file = path.join(stacks, `${stack}.json`)
  await writeFile(file, (await readFile(file, 'utf8')).slice(0, 1000))
  await writeFile(`${file}.4711.tmp`, 'half')
  const mutating = lab.aws.calls.list({ mutating: true }).length
  const up = await runCloud({ kind: 'up', tenant }, { ...whereIn(lab), env: environment(lab) })
  expect(up).toMatchObject({ status: 'failed', fault: { code: 'StateDamaged', retryable: false } })
  const { message = '' } = up.status === 'failed' ? up.fault : {}
  expect(message).toContain(
    `The state of stack ${stack}, ${file}, cannot be read; newest backup: /`,
  )
  expect(lab.aws.calls.list({ mutating: true })).toHaveLength(mutating)
  expect(await sweep(tenant, lab.asCaller, { delete: true, pauseMs: 50, passes: 100 })).toEqual([])
  await run('remove', tenant)
  expect((await readdir(stacks)).filter((name) => name.startsWith(`${stack}.`))).toEqual([])
})

test('whose cluster runs another version than the spec says is not touched', async () => {
  const at = (kubernetesVersion: string) =>
    tenantInput({ nodePools: spec.nodePools, kubernetesVersion })
  await run('up', at('1.35'))
  expect(await preflight(at('1.35'), lab.asCaller)).toBeUndefined()
  expect(await preflight(at('1.36'), lab.asCaller)).toBeUndefined()
  expect(await preflight(at('1.34'), lab.asCaller)).toMatchObject([
    {
      code: 'AWS.VersionMismatch',
      inputPath: 'spec.kubernetesVersion',
      action: expect.stringContaining('"1.35"'),
    },
  ])
  await run('destroy', at('1.35'))
})

const refused = async (
  operation: Parameters<typeof runCloud>[0],
  keys: KeyPair = lab.caller,
): Promise<Fault | undefined> => {
  const result = await runCloud(operation, { ...whereIn(lab), env: environment(lab, keys) })
  return result.status === 'failed' ? result.fault : undefined
}
const checkpoint = async () =>
  await readFile(path.join(lab.folder, `.pulumi/stacks/cratekube/${stack}.json`), 'utf8')

/** Nothing in AWS is touched, nothing in the state forgotten. */
async function expectUntouched(act: () => Promise<void>) {
  const [calls, before] = [lab.aws.calls.list({ mutating: true }).length, await checkpoint()]
  await act()
  expect(lab.aws.calls.list({ mutating: true })).toHaveLength(calls)
  expect(await checkpoint()).toBe(before)
}

test('is not touched with credentials of another account, complete or half made', async () => {
  const tenant = tenantInput({ nodePools: spec.nodePools })
  const stranger = { arn: 'arn:aws:iam::210987654321:user/other', userId: 'AIDAOTHER' }
  const others = lab.aws.keys.create(stranger)
  const refuseAll = async (...kinds: StackOperation['kind'][]) => {
    for (const kind of kinds)
      // oxlint-disable-next-line no-await-in-loop -- one stack
      expect(await refused({ kind, tenant, refresh: true }, others), kind).toMatchObject({
        code: 'AccountMismatch',
        inputPath: 'spec.provider.aws.credentialsRef.name',
        message: expect.stringMatching(/ of AWS account 210987654321; .* in account 123456789012$/),
        retryable: false,
      })
  }
  const half = whereIn(lab)
  expect((await runCloud({ kind: 'up', tenant }, { ...half, killAt: 12 })).status).not.toBe(
    'succeeded',
  )
  await expectUntouched(() => refuseAll('up', 'destroy'))
  await run('up', tenant)
  await expectUntouched(() => refuseAll('outputs', 'up', 'refresh', 'destroy'))
  await run('destroy', tenant, { refresh: true })
  expect(await sweep(tenant, lab.asCaller, { delete: false })).toEqual([])
})

/** By hand, as somebody in the console would. */
async function deleteCluster() {
  const clusterName = 'payments-0a1b2c3d'
  const { nodegroups = [] } = await lab.eks.send(new ListNodegroupsCommand({ clusterName }))
  for (const nodegroupName of nodegroups) {
    /* oxlint-disable no-await-in-loop -- one after the other */
    await lab.eks.send(new DeleteNodegroupCommand({ clusterName, nodegroupName }))
    const group = { clusterName, nodegroupName }
    await waitUntilNodegroupDeleted(
      { client: lab.eks, maxWaitTime: 60, minDelay: 1, maxDelay: 1 },
      group,
    )
    /* oxlint-enable no-await-in-loop */
  }
  await lab.eks.send(new DeleteClusterCommand({ name: clusterName }))
  const wait = { client: lab.eks, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }
  await waitUntilClusterDeleted(wait, { name: clusterName })
}

test('whose cluster was deleted in AWS gets another after consent to that one loss alone', async () => {
  const tenant = tenantInput({ nodePools: spec.nodePools })
  const loseAndAsk = async (recreates?: string) => {
    await deleteCluster()
    let fault: Fault | undefined
    await expectUntouched(async () => {
      const up = { kind: 'up', tenant, refresh: true } as const
      fault = await refused({ ...up, ...(recreates !== undefined && { recreates }) })
      expect(fault).toMatchObject({
        code: 'ClusterLost',
        value: expect.stringMatching(/^payments-0a1b2c3d@2\d{3}-.*Z$/),
        retryable: false,
      })
      expect((await refused({ kind: 'outputs', tenant }))?.code).toBe('ClusterLost')
    })
    return fault?.value ?? ''
  }
  await run('up', tenant)
  const consent = await loseAndAsk()
  const again = await run('up', tenant, { refresh: true, recreates: consent })
  expect(cloudOutputsSchema.parse(again.outputs).clusterName).toBe('payments-0a1b2c3d')
  expect(await loseAndAsk(consent)).not.toBe(consent)
  await run('destroy', tenant, { refresh: true })
  expect(await sweep(tenant, lab.asCaller, { delete: false })).toEqual([])
})

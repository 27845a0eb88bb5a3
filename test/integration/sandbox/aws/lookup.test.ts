// What a crash left half made or half gone is waited for, as long as somebody wants to know; on a clock that stands still.
import {
  CreateClusterCommand,
  CreateNodegroupCommand,
  DeleteNodegroupCommand,
} from '@aws-sdk/client-eks'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { awsClients, type Aws } from '../../../../operator/aws/access/clients.ts'
import { findCreated } from '../../../../operator/aws/world/lookup.ts'
import { physicalName } from '../../../../operator/api/tenant/stack.ts'
import { tenantInput } from '../../../support/tenant-input.ts'
import { awsLab, clusterInput, nodegroupStatus, region, role, type Lab } from './fixture.ts'

const tenant = tenantInput()
const clusterName = physicalName(tenant)
const nodegroupName = 'pool'
const tags = { 'cratekube.io/uid': tenant.uid }
const minute = 60_000
let lab: Lab
let aws: Aws
let subnets: string[]

beforeAll(async () => {
  lab = await awsLab({ speed: 0 })
  aws = awsClients({ region, credentials: lab.aws.credentials, endpoint: lab.aws.endpoint })
  const input = await clusterInput(lab, clusterName)
  subnets = input.resourcesVpcConfig?.subnetIds ?? []
  await lab.eks.send(new CreateClusterCommand({ ...input, tags }))
})
afterAll(async () => {
  aws?.[Symbol.dispose]()
  await lab?.stop()
})

/** Begun, and still waiting when AWS was asked for the state twice. */
async function waitingFor([type, inputs]: readonly [string, object]) {
  const stop = new AbortController()
  const asked = () =>
    lab.aws.calls.list().filter(({ operation }) => operation.startsWith('Describe'))
  const before = asked().length
  const found = findCreated(type, { aws, tenant, inputs: { ...inputs }, signal: stop.signal })
  const ended = found.then(
    (id) => ({ id }),
    (error: unknown) => ({ error }),
  )
  await expect.poll(() => asked().length, { timeout: 20_000 }).toBeGreaterThan(before + 1)
  return { stop, ended }
}
const cluster = ['aws:eks/cluster:Cluster', { name: clusterName }] as const
const group = [
  'aws:eks/nodeGroup:NodeGroup',
  { clusterName, nodeGroupName: nodegroupName },
] as const

for (const [what, sought] of [
  ['a cluster', cluster],
  ['a node group', group],
] as const)
  test(`${what} that is being made is waited for, and given up at once when nobody wants it`, async () => {
    if (sought === group) {
      const nodeRole = await role(lab, 'nodes', 'ec2.amazonaws.com')
      const input = { clusterName, nodegroupName, nodeRole, subnets, tags }
      await lab.eks.send(new CreateNodegroupCommand(input))
    }
    const first = await waitingFor(sought)
    const reason = new Error('suspended')
    first.stop.abort(reason)
    expect(await first.ended).toEqual({ error: reason })
    const second = await waitingFor(sought)
    lab.aws.clock.advance(15 * minute)
    const id = sought === group ? `${clusterName}:${nodegroupName}` : clusterName
    expect(await second.ended).toEqual({ id })
  })

test('a node group that is being deleted is waited for, and is none', async () => {
  await lab.eks.send(new DeleteNodegroupCommand({ clusterName, nodegroupName }))
  const first = await waitingFor(group)
  first.stop.abort(new Error('suspended'))
  expect(await first.ended).toHaveProperty('error')
  expect(await nodegroupStatus(lab, clusterName, nodegroupName)).toBe('DELETING')
  const second = await waitingFor(group)
  lab.aws.clock.advance(15 * minute)
  expect(await second.ended).toEqual({ id: undefined })
})

// The availability zones of a cluster are those it was made in, whatever AWS has in order later.
import { mkdtemp } from 'node:fs/promises'
import path from 'node:path'
import { DescribeSubnetsCommand } from '@aws-sdk/client-ec2'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { preflight } from '../../../../operator/aws/preflight/preflight.ts'
import { sweep } from '../../../../operator/aws/cleanup/sweep.ts'
import type { StackOperation } from '../../../../operator/engine/index.ts'
import { tenantInput } from '../../../support/tenant-input.ts'
import { cloudLab, type CloudLab } from '../../aws/cloud-lab.ts'
import { runCloud, succeed, whereIn, type Where } from './cloud-stack.ts'

const tenant = tenantInput()
let lab: CloudLab
let where: Where

beforeAll(async () => {
  lab = await cloudLab()
  where = whereIn(lab)
})
afterAll(() => lab?.[Symbol.asyncDispose]())

const outage = (zone: string) => ({ service: 'zone', zone })
const run = (kind: StackOperation['kind']) => succeed({ kind, tenant, refresh: true }, where)

async function zones(): Promise<string[]> {
  const Filters = [{ Name: 'tag:cratekube.io/uid', Values: [tenant.uid] }]
  const { Subnets = [] } = await lab.ec2.send(new DescribeSubnetsCommand({ Filters }))
  return [...new Set(Subnets.map(({ AvailabilityZone = '' }) => AvailabilityZone))].toSorted()
}

test('a cluster keeps its zones, is left alone while one is out of order, and can be deleted then', async () => {
  lab.aws.gaps.open(outage('eu-west-1a'))
  expect(await preflight(tenant, lab.asCaller)).toBeUndefined()
  await run('up')
  expect(await zones()).toEqual(['eu-west-1b', 'eu-west-1c'])

  lab.aws.gaps.close(outage('eu-west-1a'))
  expect(Object.keys((await run('up')).changes)).toEqual(['same'])
  // Of a stack that is lost AWS tells them.
  const asked = { kind: 'preview', tenant, refresh: true, adopts: true, rebuilds: true } as const
  const elsewhere = {
    ...where,
    backendUrl: `file://${await mkdtemp(path.join(lab.folder, 'lost-'))}`,
  }
  expect(await runCloud(asked, elsewhere)).toMatchObject({ planned: [] })

  lab.aws.gaps.open(outage('eu-west-1c'))
  const before = lab.aws.calls.list({ mutating: true }).length
  expect(await preflight(tenant, lab.asCaller, { isMade: true })).toBeUndefined()
  expect(await runCloud({ kind: 'up', tenant, refresh: true }, where)).toMatchObject({
    status: 'failed',
    fault: {
      code: 'AWS.ZoneImpaired',
      message: expect.stringContaining('eu-west-1c is impaired'),
      retryable: true,
    },
  })
  expect(lab.aws.calls.list({ mutating: true })).toHaveLength(before)

  await run('destroy')
  expect(await sweep(tenant, lab.asCaller, { delete: false })).toEqual([])
})

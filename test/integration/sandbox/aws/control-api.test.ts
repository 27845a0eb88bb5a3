// Whose call it is: keys, sessions, and what is asked and told of them, of faults and of what exists over HTTP.
import { afterAll, beforeAll, afterEach, expect, test } from 'vitest'
import { CreateVpcCommand, DescribeVpcsCommand, DeleteVpcCommand } from '@aws-sdk/client-ec2'
import { CreateFileSystemCommand, DeleteFileSystemCommand } from '@aws-sdk/client-efs'
import { ListClustersCommand } from '@aws-sdk/client-eks'
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteAccessKeyCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam'
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { assumeRole, awsLab, clientsFor, refusal, role } from './fixture.ts'
import type { KeyPair } from '../../../sandbox/aws/auth/credentials.ts'
import type { Lab } from './fixture.ts'

let lab: Lab
beforeAll(async () => {
  lab = await awsLab()
})
afterEach(() => lab.aws.faults.remove())
afterAll(() => lab.stop())

test('keys of IAM users and role sessions work, and die when they are revoked', async () => {
  const key = await userKey('dev')
  const dev = clientsFor(lab.aws.endpoint, key)
  expect(await whoami(dev)).toBe('arn:aws:iam::123456789012:user/dev')
  const RoleArn = await role(lab, 'session', 'ec2.amazonaws.com')
  const session = clientsFor(
    lab.aws.endpoint,
    await assumeRole(dev, { RoleArn, RoleSessionName: 's1' }),
  )
  expect(await whoami(session)).toBe('arn:aws:sts::123456789012:assumed-role/session/s1')
  await lab.iam.send(new DeleteAccessKeyCommand({ UserName: 'dev', AccessKeyId: key.accessKeyId }))
  expect((await refusal(dev.eks.send(new ListClustersCommand({})))).name).toBe(
    'UnrecognizedClientException',
  )
  const wrong = clientsFor(lab.aws.endpoint, { ...lab.aws.credentials, secretAccessKey: 'wrong' })
  expect((await refusal(wrong.iam.send(new ListRolesCommand({})))).name).toBe(
    'SignatureDoesNotMatch',
  )
  for (const clients of [dev, session, wrong]) clients.destroy()
})

type Clients = ReturnType<typeof clientsFor>

const whoami = async (clients: Clients) =>
  (await clients.sts.send(new GetCallerIdentityCommand({}))).Arn

async function userKey(UserName: string) {
  await lab.iam.send(new CreateUserCommand({ UserName }))
  const { AccessKey } = await lab.iam.send(new CreateAccessKeyCommand({ UserName }))
  return {
    accessKeyId: AccessKey?.AccessKeyId ?? '',
    secretAccessKey: AccessKey?.SecretAccessKey ?? '',
  }
}

test("the operator's own identity is what STS says", async () => {
  expect(await lab.sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
    Account: '123456789012',
    Arn: 'arn:aws:iam::123456789012:user/cratekube',
  })
})

test('is scripted over HTTP, and tells what exists and what was called', async () => {
  const api = async (method: string, what: string, body?: unknown) => {
    const response = await fetch(`${lab.aws.endpoint}/_sandbox/${what}`, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: (await response.json()) as unknown }
  }
  expect(
    (
      await api('POST', 'faults', {
        match: { service: 'ec2' },
        action: { type: 'throttle' },
        times: 1,
      })
    ).body,
  ).toMatchObject([{ id: expect.any(Number), struck: 0 }])
  expect((await refusal(lab.ec2.send(new DescribeVpcsCommand({})))).name).toBe(
    'RequestLimitExceeded',
  )
  expect((await api('GET', 'faults')).body).toMatchObject([{ struck: 1 }])
  expect((await api('DELETE', 'faults')).body).toEqual([])
  expect((await api('POST', 'faults', { match: {}, action: { type: 'nonsense' } })).status).toBe(
    400,
  )

  const tags = [{ ResourceType: 'vpc' as const, Tags: [{ Key: 'cratekube.io/uid', Value: 'u-1' }] }]
  const vpc = await lab.ec2.send(
    new CreateVpcCommand({ CidrBlock: '10.61.0.0/16', TagSpecifications: tags }),
  )
  expect((await api('GET', 'inventory?uid=u-1')).body).toMatchObject([
    { type: 'vpc', id: vpc.Vpc?.VpcId, uid: 'u-1' },
  ])
  await lab.ec2.send(new DeleteVpcCommand({ VpcId: vpc.Vpc?.VpcId }))
  expect((await api('GET', 'inventory?uid=u-1')).body).toEqual([])
  expect((await api('GET', 'calls?operation=DeleteVpc')).body).toMatchObject([
    { service: 'ec2', mutating: true, status: 200, accessKeyId: lab.aws.credentials.accessKeyId },
  ])

  const created = (await api('POST', 'credentials', { action: 'create', user: 'ci' })).body as {
    accessKeyId: string
    secretAccessKey: string
  }
  const ci = clientsFor(lab.aws.endpoint, created)
  expect((await ci.eks.send(new ListClustersCommand({}))).clusters).toBeDefined()
  await api('POST', 'credentials', { action: 'revoke', accessKeyId: created.accessKeyId })
  expect((await refusal(ci.eks.send(new ListClustersCommand({})))).name).toBe(
    'UnrecognizedClientException',
  )
  ci.destroy()

  const made = (await api('POST', 'credentials', { action: 'create-session', user: 'ci' })).body
  const session = clientsFor(lab.aws.endpoint, made as Required<KeyPair>) // as the API answers
  await session.sts.send(new GetCallerIdentityCommand({}))
  const { accessKeyId } = made as KeyPair // the same
  await api('POST', 'credentials', { action: 'expire', accessKeyId })
  const refusals = [
    refusal(session.eks.send(new ListClustersCommand({}))),
    refusal(session.ec2.send(new DescribeVpcsCommand({}))),
    refusal(session.iam.send(new ListRolesCommand({}))),
  ]
  expect((await Promise.all(refusals)).map(({ name }) => name)).toEqual([
    'ExpiredTokenException',
    'RequestExpired',
    'ExpiredToken',
  ])
  session.destroy()
})

test('what exists is told while things of others come and go', async () => {
  let isOver = false
  const comeAndGo = async (name: number) => {
    while (!isOver) {
      const made = await Promise.all(
        [1, 2, 3, 4].map((at) => {
          const CreationToken = `${name}-${at}`
          return lab.efs.send(new CreateFileSystemCommand({ CreationToken }))
        }),
      )
      await Promise.all(
        made.map(({ FileSystemId }) => lab.efs.send(new DeleteFileSystemCommand({ FileSystemId }))),
      )
    }
  }
  const others = [1, 2, 3, 4].map(comeAndGo)
  const asked = Array.from({ length: 40 }, () =>
    fetch(`${lab.aws.endpoint}/_sandbox/inventory?uid=nobody`),
  )
  const statuses = (await Promise.all(asked)).map(({ status }) => status)
  isOver = true
  await Promise.all(others)
  expect(new Set(statuses)).toEqual(new Set([200]))
})

// Tokens for the Kubernetes API, from the IAM principal through access entry and policy to user and groups; the entries.
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  AssociateAccessPolicyCommand,
  CreateAccessEntryCommand,
  DeleteAccessEntryCommand,
  DescribeClusterCommand,
  DisassociateAccessPolicyCommand,
  ListAccessEntriesCommand,
  ListAssociatedAccessPoliciesCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
} from '@aws-sdk/client-eks'
import { DeleteRoleCommand } from '@aws-sdk/client-iam'
import { mintToken } from '../../../support/aws/signed-requests.ts'
import { activeCluster, assumeRole, awsLab, refusal, role } from './fixture.ts'
import type { Lab } from './fixture.ts'

let lab: Lab
beforeAll(async () => {
  lab = await awsLab({ quotas: { vpcsPerRegion: 50 } })
  await activeCluster(lab, 'alpha', '10.70')
})
afterAll(() => lab.stop())

const operator = 'arn:aws:iam::123456789012:user/cratekube'
const policyArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy'
const viewArn = 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy'

async function review(
  key: { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  clusterName = 'alpha',
) {
  const token = await mintToken({ at: new Date(), clusterName, key })
  const response = await fetch(`${lab.aws.endpoint}/clusters/alpha/authenticate`, {
    method: 'POST',
    body: JSON.stringify({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token },
    }),
  })
  expect(response.status).toBe(200)
  return ((await response.json()) as { status: Record<string, unknown> }).status
}

test('a user gets in with an access entry, as its policies say, and not without', async () => {
  expect(await review(lab.aws.credentials)).toEqual({
    authenticated: false,
    error: `${operator} has no access entry in cluster alpha`,
  })
  await lab.eks.send(
    new CreateAccessEntryCommand({
      clusterName: 'alpha',
      principalArn: operator,
      kubernetesGroups: ['team-a'],
    }),
  )
  await lab.eks.send(
    new AssociateAccessPolicyCommand({
      clusterName: 'alpha',
      principalArn: operator,
      policyArn,
      accessScope: { type: 'cluster' },
    }),
  )
  await lab.eks.send(
    new AssociateAccessPolicyCommand({
      clusterName: 'alpha',
      principalArn: operator,
      policyArn: viewArn,
      accessScope: { type: 'namespace', namespaces: ['x', 'y'] },
    }),
  )
  expect(await review(lab.aws.credentials)).toMatchObject({
    authenticated: true,
    user: {
      username: operator,
      groups: [
        'system:authenticated',
        'team-a',
        'eks-access-policy:AmazonEKSClusterAdminPolicy',
        'eks-access-policy:AmazonEKSViewPolicy:x',
        'eks-access-policy:AmazonEKSViewPolicy:y',
      ],
      extra: { canonicalArn: [operator], accessKeyId: [lab.aws.credentials.accessKeyId] },
    },
  })
  expect(await review(lab.aws.credentials, 'beta')).toMatchObject({
    authenticated: false,
    error: 'the signature does not match',
  })
  await lab.eks.send(
    new DisassociateAccessPolicyCommand({
      clusterName: 'alpha',
      principalArn: operator,
      policyArn,
    }),
  )
  const { associatedAccessPolicies } = await lab.eks.send(
    new ListAssociatedAccessPoliciesCommand({ clusterName: 'alpha', principalArn: operator }),
  )
  expect(associatedAccessPolicies?.map((policy) => policy.policyArn)).toEqual([viewArn])
  await lab.eks.send(new DeleteAccessEntryCommand({ clusterName: 'alpha', principalArn: operator }))
  expect(await review(lab.aws.credentials)).toMatchObject({ authenticated: false })
})

test('a role session appears under its role, and a role made anew is a stranger', async () => {
  const principalArn = await role(lab, 'deployer', 'ec2.amazonaws.com')
  await lab.eks.send(new CreateAccessEntryCommand({ clusterName: 'alpha', principalArn }))
  const assume = () => assumeRole(lab, { RoleArn: principalArn, RoleSessionName: 'me@home' })
  const session = await assume()
  expect(await review(session)).toMatchObject({
    authenticated: true,
    user: {
      username: 'arn:aws:sts::123456789012:assumed-role/deployer/me-home',
      extra: { canonicalArn: [principalArn] },
    },
  })
  expect(await review({ ...session, sessionToken: 'stolen' })).toMatchObject({
    authenticated: false,
  })
  await lab.iam.send(new DeleteRoleCommand({ RoleName: 'deployer' }))
  await role(lab, 'deployer', 'ec2.amazonaws.com')
  expect(await review(session)).toMatchObject({ authenticated: false })
  expect(await review(await assume())).toMatchObject({
    authenticated: false,
    error: `${principalArn} is not the principal that its access entry was made for`,
  })
})

test('refuses entries as EKS does', async () => {
  const entry = {
    clusterName: 'alpha',
    principalArn: await role(lab, 'twice', 'ec2.amazonaws.com'),
  }
  await lab.eks.send(new CreateAccessEntryCommand(entry))
  expect(await refusal(lab.eks.send(new CreateAccessEntryCommand(entry)))).toMatchObject({
    status: 409,
    message: 'The specified access entry resource is already in use on this cluster.',
  })
  const wrong = (change: object) =>
    refusal(
      lab.eks.send(new CreateAccessEntryCommand({ ...entry, principalArn: operator, ...change })),
    )
  expect((await wrong({ username: 'system:admin' })).message).toContain(
    'must not begin with system:',
  )
  expect((await wrong({ username: '{{SessionName}}' })).message).toContain('colon')
  expect((await wrong({ principalArn: 'arn:aws:iam::123456789012:role/nobody' })).name).toBe(
    'InvalidParameterException',
  )
})

test('ARNs in paths, tags and pages work', async () => {
  await activeCluster(lab, 'arns', '10.55')
  const principals = await Promise.all(
    ['p1', 'p2', 'p3'].map((name) => role(lab, name, 'ec2.amazonaws.com')),
  )
  for (const principalArn of principals)
    await lab.eks.send(new CreateAccessEntryCommand({ clusterName: 'arns', principalArn }))
  const first = await lab.eks.send(
    new ListAccessEntriesCommand({ clusterName: 'arns', maxResults: 2 }),
  )
  const rest = await lab.eks.send(
    new ListAccessEntriesCommand({
      clusterName: 'arns',
      maxResults: 2,
      nextToken: first.nextToken,
    }),
  )
  expect([...(first.accessEntries ?? []), ...(rest.accessEntries ?? [])].toSorted()).toEqual(
    principals.toSorted(),
  )
  const resourceArn =
    (await lab.eks.send(new DescribeClusterCommand({ name: 'arns' }))).cluster?.arn ?? ''
  await lab.eks.send(new TagResourceCommand({ resourceArn, tags: { a: 'b' } }))
  expect((await lab.eks.send(new ListTagsForResourceCommand({ resourceArn }))).tags).toEqual({
    a: 'b',
  })
})

test('a revoked key opens no cluster', async () => {
  const principalArn = operator
  await lab.eks.send(new CreateAccessEntryCommand({ clusterName: 'alpha', principalArn }))
  expect(await review(lab.aws.credentials)).toMatchObject({ authenticated: true })
  lab.aws.keys.revoke(lab.aws.credentials.accessKeyId)
  expect(await review(lab.aws.credentials)).toEqual({
    authenticated: false,
    error: 'the access key is not valid',
  })
  lab.aws.keys.revoke(lab.aws.credentials.accessKeyId, false)
})

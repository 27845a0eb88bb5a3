// The answer to a TokenReview: token -> IAM principal -> access entry -> Kubernetes user and groups.
import { GetRoleCommand } from '@aws-sdk/client-iam'
import { z } from 'zod'
import type { Credentials, Principal } from './credentials.ts'
import { principalIdOf } from '../eks/access/access.ts'
import { policyGroups } from '../eks/access/access-policies.ts'
import type { AccessEntry, Cluster } from '../eks/state.ts'
import { accountId } from '../moto/moto.ts'
import type { Moto } from '../moto/moto.ts'
import { isAwsError } from '../sdk-errors.ts'
import { TokenRefused, verifyToken } from './token.ts'
import type { VerifiedToken } from './token.ts'

const reviewSchema = z.object({ spec: z.object({ token: z.string() }) })

type Deps = { moto: Moto; credentials: Credentials; now: () => number }

export async function reviewToken(d: Deps, cluster: Cluster, body: string) {
  try {
    const { token } = reviewSchema.parse(JSON.parse(body)).spec
    const verified = verifyToken(token, {
      clusterName: cluster.name,
      now: d.now(),
      credentials: d.credentials,
    })
    return review({ authenticated: true, user: await userOf(d, cluster, verified) })
  } catch (error) {
    if (error instanceof TokenRefused) return review({ authenticated: false, error: error.message })
    throw error
  }
}

const review = (status: object) => ({
  apiVersion: 'authentication.k8s.io/v1',
  kind: 'TokenReview',
  status,
})

async function userOf(d: Deps, cluster: Cluster, { principal, accessKeyId }: VerifiedToken) {
  const canonicalArn = await canonicalArnOf(d, principal)
  const entry = cluster.accessEntries.get(canonicalArn)
  if (!entry)
    throw new TokenRefused(`${canonicalArn} has no access entry in cluster ${cluster.name}`)
  const [uniqueId = '', sessionName = ''] = principal.userId.split(':')
  // An entry is bound to the principal it was made for; one made anew under the same ARN is a stranger.
  if (entry.principalId !== uniqueId || (await principalIdOf(d, canonicalArn)) !== uniqueId)
    throw new TokenRefused(
      `${canonicalArn} is not the principal that its access entry was made for`,
    )
  return {
    username: entry.username
      .replaceAll('{{SessionName}}', sessionName.replaceAll('@', '-'))
      .replaceAll('{{SessionNameRaw}}', sessionName),
    uid: `aws-iam-authenticator:${accountId}:${uniqueId}`,
    groups: groupsOf(entry),
    extra: {
      arn: [principal.arn],
      canonicalArn: [canonicalArn],
      sessionName: [sessionName],
      accessKeyId: [accessKeyId],
      principalId: [uniqueId],
    },
  }
}

const groupsOf = (entry: AccessEntry) => [
  'system:authenticated',
  ...entry.kubernetesGroups,
  ...[...entry.policies.values()].flatMap(policyGroups),
]

/** A session's ARN has lost the path of its role: the role itself still has it. */
async function canonicalArnOf(d: Deps, principal: Principal): Promise<string> {
  const roleName = /:assumed-role\/([^/]+)\//.exec(principal.arn)?.[1]
  if (roleName === undefined) return principal.arn
  try {
    const { Role } = await d.moto.iam().send(new GetRoleCommand({ RoleName: roleName }))
    return Role?.Arn ?? principal.arn
  } catch (error) {
    if (isAwsError(error, 'NoSuchEntity', 'NoSuchEntityException'))
      throw new TokenRefused(`role ${roleName} is gone`)
    throw error
  }
}

// Learns access keys from the replies of IAM and STS that pass through, so that the front can check signatures made with them.
import { GetUserCommand } from '@aws-sdk/client-iam'
import type { Call, Reply } from '../call.ts'
import type { Credentials } from './credentials.ts'
import { escapeXml } from '../errors.ts'
import { accountId } from '../moto/moto.ts'
import type { Moto } from '../moto/moto.ts'

type Deps = { moto: Moto; credentials: Credentials }

export async function learnKeys(d: Deps, call: Call, reply: Reply): Promise<void> {
  if (reply.status >= 300) return
  const form = call.form
  switch (call.operation) {
    case 'CreateAccessKey':
      return learnUserKey(d, reply.body)
    case 'DeleteAccessKey':
      d.credentials.revoke(form.get('AccessKeyId') ?? '')
      return
    case 'UpdateAccessKey':
      d.credentials.revoke(form.get('AccessKeyId') ?? '', form.get('Status') === 'Inactive')
      return
    case 'AssumeRole':
    case 'AssumeRoleWithWebIdentity':
    case 'GetSessionToken':
      learnSession(d, call, reply.body)
      return
    default:
  }
}

async function learnUserKey(d: Deps, body: string): Promise<void> {
  const { User } = await d.moto.iam().send(new GetUserCommand({ UserName: text(body, 'UserName') }))
  d.credentials.add({
    accessKeyId: text(body, 'AccessKeyId'),
    secretAccessKey: text(body, 'SecretAccessKey'),
    principal: { arn: User?.Arn ?? '', userId: User?.UserId ?? '' },
  })
}

function learnSession(d: Deps, call: Call, body: string): void {
  const own = d.credentials.find(call.accessKeyId)?.principal
  d.credentials.add({
    accessKeyId: text(body, 'AccessKeyId'),
    secretAccessKey: text(body, 'SecretAccessKey'),
    sessionToken: text(body, 'SessionToken'),
    expiresAt: Date.parse(text(body, 'Expiration')),
    principal:
      call.operation === 'GetSessionToken' && own
        ? own
        : { arn: text(body, 'Arn'), userId: text(body, 'AssumedRoleId') },
  })
}

/** moto does not know the keys that the control API made; the front has already verified whose they are. */
export function callerIdentity(known: Credentials, call: Call): Reply {
  const principal = known.find(call.accessKeyId)?.principal
  // One of another account is told so; what exists is the one account's, which it may not see by its own right.
  const account = /^arn:[^:]+:\w+::(\d{12}):/.exec(principal?.arn ?? '')?.[1] ?? accountId
  const body =
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>' +
    `<Arn>${escapeXml(principal?.arn ?? '')}</Arn><UserId>${principal?.userId}</UserId><Account>${account}</Account>` +
    `</GetCallerIdentityResult><ResponseMetadata><RequestId>${call.requestId}</RequestId></ResponseMetadata></GetCallerIdentityResponse>`
  return { status: 200, headers: { 'content-type': 'text/xml' }, body }
}

const text = (xml: string, tag: string) =>
  new RegExp(`<${tag}>([^<]*)</${tag}>`).exec(xml)?.[1] ?? ''

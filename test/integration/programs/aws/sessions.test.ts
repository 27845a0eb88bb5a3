// Credentials of a session that ends: in the middle of a creation and of a destruction, and before anything was begun.
// What was begun goes on with the next session, by the way that a worker takes after a failure.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { awsClients } from '../../../../operator/aws/access/clients.ts'
import { preflight } from '../../../../operator/aws/preflight/preflight.ts'
import { sweep } from '../../../../operator/aws/cleanup/sweep.ts'
import type { StackOperation } from '../../../../operator/engine/index.ts'
import type { KeyPair } from '../../../sandbox/aws/auth/credentials.ts'
import { boundUser } from '../../../support/aws-policy.ts'
import { tenantInput } from '../../../support/tenant-input.ts'
import { region } from '../../sandbox/aws/fixture.ts'
import { environment } from '../../aws/account.ts'
import { cloudLab, type CloudLab } from '../../aws/cloud-lab.ts'
import { runCloud, succeed, whereIn, type Where } from './cloud-stack.ts'

const tenant = tenantInput({
  autofs: { maps: [{ name: 'home', source: 'EFS' }] },
  aws: { endpointAccess: { privateCidrs: ['10.20.0.0/16'] } },
})
let lab: CloudLab

beforeAll(async () => {
  lab = await cloudLab()
})
afterAll(() => lab?.[Symbol.asyncDispose]())

const expired = {
  code: 'CredentialsExpired',
  inputPath: 'spec.provider.aws.credentialsRef',
  retryable: true,
}
const newSession = () => lab.aws.keys.createSession(boundUser)

const where = (session: KeyPair): Where => ({ ...whereIn(lab), env: environment(lab, session) })

/** With a session of its own, which ends when so many resources are done. */
async function endingAt(resources: number, operation: Pick<StackOperation, 'kind' | 'refresh'>) {
  const session = newSession()
  const onDone = (done: number) =>
    void (done >= resources && lab.aws.keys.expire(session.accessKeyId))
  const result = await runCloud({ ...operation, tenant }, { ...where(session), onDone })
  expect(result).toMatchObject({ status: 'failed', fault: expired })
}

/** As the next attempt does it, which looks first. */
const renewed = (kind: StackOperation['kind']) =>
  succeed({ kind, tenant, refresh: true }, where(newSession()))

/** What bears a name of ours, which nothing else of its type does. */
async function named(): Promise<string[]> {
  const owned = (await lab.aws.inventory()).filter(({ uid }) => uid === tenant.uid)
  return owned.flatMap(({ type, tags }) => {
    const name = tags['cratekube.io/urn-name']
    // Interfaces and nodes bear the tags of their pool.
    return name === undefined || /interface|node$/.test(type) ? [] : `${type} ${name}`
  })
}

test('that ends before anything is begun is told by preflight', async () => {
  const credentials = newSession()
  using aws = awsClients({ region, credentials, endpoint: lab.aws.endpoint })
  expect(await preflight(tenant, aws)).toBeUndefined()
  lab.aws.keys.expire(credentials.accessKeyId)
  expect(await preflight(tenant, aws)).toMatchObject([expired])
})

test('that ends in the middle leaves what the next one finishes, and makes nothing twice', async () => {
  await endingAt(12, { kind: 'up' })
  await endingAt(38, { kind: 'up', refresh: true })
  await renewed('up')
  const made = await named()
  expect(made.length).toBeGreaterThan(20)
  expect(made.filter((one, i) => made.indexOf(one) !== i)).toEqual([])
  const again = await succeed({ kind: 'up', tenant }, where(newSession()))
  expect(Object.keys(again.changes)).toEqual(['same'])
})

test('that ends in the middle of a destruction leaves it to the next one', async () => {
  await endingAt(10, { kind: 'destroy' })
  await renewed('destroy')
  using aws = awsClients({ region, credentials: newSession(), endpoint: lab.aws.endpoint })
  expect(await sweep(tenant, aws, { delete: false })).toEqual([])
})

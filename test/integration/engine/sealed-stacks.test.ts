// How the official CLI's stacks are sealed: with a passphrase of the tenant's own, sealed anew after a rotation, and with a
// key of a key service, which the AWS double plays.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { runSealedOperation, stateKeys, type StateKeys } from '../../../operator/engine/index.ts'
import type { StackOperation } from '../../../operator/engine/operation.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { tenantInput } from '../../support/tenant-input.ts'
import { awsLab, region, type Lab } from '../sandbox/aws/fixture.ts'

const stack = 'team-payments.payments'
let lab: Lab
let folder: string

beforeAll(async () => {
  const cli = (await ensureTools(['pulumi'])).path('pulumi')
  vi.stubEnv('PATH', [path.dirname(cli), '/usr/bin', '/bin'].join(':'))
  lab = await awsLab()
  folder = await mkdtemp(path.join(tmpdir(), 'sealed-stacks-'))
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await lab?.stop()
  await rm(folder, { recursive: true, force: true })
})

const run = (kind: StackOperation['kind'], keys: StateKeys, secretsProvider?: string) =>
  runSealedOperation(
    { kind, program: 'cloud', stack, tenant: tenantInput({}) },
    {
      settings: {
        backendUrl: `file://${folder}`,
        engine: 'cli',
        programsModule: path.join(import.meta.dirname, 'secret-program.ts'),
        ...(secretsProvider !== undefined && { secretsProvider }),
      },
      keys,
      env: {
        AWS_ACCESS_KEY_ID: lab.aws.credentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: lab.aws.credentials.secretAccessKey,
        AWS_REGION: region,
        AWS_ENDPOINT_URL: lab.aws.endpoint,
      },
      signal: new AbortController().signal,
      onProgress: () => undefined,
      log: pino({ level: 'silent' }),
    },
  )

const stateText = () =>
  readFile(path.join(folder, `.pulumi/stacks/cratekube/${stack}.json`), 'utf8')

test('a rotation seals a stack anew, and then a key of a key service does', async () => {
  const old = stateKeys({ passphrase: 'old' })
  expect(await run('up', old)).toMatchObject({ status: 'succeeded', changes: { create: 1 } })
  const rotated = stateKeys({ passphrase: 'new', previous: 'old' })
  expect(await run('up', rotated)).toMatchObject({ status: 'succeeded', changes: { same: 1 } })
  expect(await run('up', old)).toMatchObject({ fault: { code: 'WrongPassphrase' } })
  const kms = new KMSClient({
    endpoint: lab.aws.endpoint,
    region,
    credentials: lab.aws.credentials,
  })
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({}))
  kms.destroy()
  const provider = `awskms://${KeyMetadata?.KeyId}?region=${region}`
  expect(await run('up', rotated, provider)).toMatchObject({
    status: 'succeeded',
    changes: { same: 1 },
  })
  expect(JSON.parse(await stateText())).toMatchObject({
    checkpoint: { latest: { secrets_providers: { type: 'cloud', state: { url: provider } } } },
  })
  expect(await stateText()).not.toContain('hunter2')
  const unrelated = stateKeys({ passphrase: 'unrelated' })
  expect(await run('destroy', unrelated, provider)).toMatchObject({ status: 'succeeded' })
})

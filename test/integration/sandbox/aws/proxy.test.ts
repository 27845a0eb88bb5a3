// AWS behind a proxy.
import { GetCallerIdentityCommand } from '@aws-sdk/client-sts'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { awsClients } from '../../../../operator/aws/access/clients.ts'
import { forwardProxy } from '../../../support/connect-proxy.ts'
import { awsLab, region, type Lab } from './fixture.ts'

let lab: Lab
beforeAll(async () => {
  lab = await awsLab()
})
afterAll(async () => {
  await lab?.stop()
})

test('is asked through it, with signatures that hold', async () => {
  await using proxy = await forwardProxy()
  const { endpoint, credentials } = lab.aws
  using aws = awsClients({ region, credentials, endpoint, proxy: { HTTP_PROXY: proxy.url } })
  const { Account } = await aws.sts.send(new GetCallerIdentityCommand({}))
  expect(Account).toBe('123456789012')
  expect(proxy.asked).toEqual([new URL(endpoint).host])
})

test('is asked through a tunnel where it speaks https', async () => {
  await using proxy = await forwardProxy()
  const { credentials } = lab.aws
  const nowhere = 'https://127.0.0.1:1'
  const through = { HTTPS_PROXY: proxy.url }
  using aws = awsClients({ region, credentials, endpoint: nowhere, proxy: through })
  const abortSignal = AbortSignal.timeout(1_000) // of retries: the tunnel has no end
  await expect(aws.sts.send(new GetCallerIdentityCommand({}), { abortSignal })).rejects.toThrow()
  expect(proxy.asked[0]).toBe('127.0.0.1:1')
})

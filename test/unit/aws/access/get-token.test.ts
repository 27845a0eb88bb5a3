import { expect, test } from 'vitest'
import { awsCommand } from '../../../../operator/aws/access/get-token.ts'
import { eksToken } from '../../../../operator/aws/access/token.ts'

const now = new Date('2026-11-21T06:00:00Z')
const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'a secret' }
const env = {
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
}
/** As the kubeconfig of @pulumi/eks calls it. */
const getToken = '--region eu-west-1 eks get-token --cluster-name payments --output json'.split(' ')
const assumeRole = () => Promise.reject(new Error('no role was asked for'))
const call = (args: string[], more: Partial<Parameters<typeof awsCommand>[1]> = {}) =>
  awsCommand(args, { env, now, assumeRole, ...more })

test('is new enough for @pulumi/eks, which reads the version so', async () => {
  const { code, stdout } = await call(['--version'])
  expect(code).toBe(0)
  const version = stdout.split(' ')[0]?.replace('aws-cli/', '') ?? ''
  const [major, minor] = version.split('.').map(Number)
  expect(major).toBe(2)
  expect(minor).toBeGreaterThanOrEqual(7)
})

test('gives the token as an exec credential', async () => {
  const { code, stdout } = await call(getToken)
  const { token } = await eksToken({
    clusterName: 'payments',
    region: 'eu-west-1',
    credentials,
    now,
  })
  expect(code).toBe(0)
  expect(JSON.parse(stdout)).toEqual({
    kind: 'ExecCredential',
    apiVersion: 'client.authentication.k8s.io/v1beta1',
    spec: {},
    status: { token, expirationTimestamp: '2026-11-21T06:14:00Z' },
  })
})

test('answers in the version that the client asks with', async () => {
  const info = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential' }
  const { stdout } = await call(getToken, {
    env: { ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) },
  })
  expect(JSON.parse(stdout)).toMatchObject({ apiVersion: info.apiVersion })
})

test('takes the region and a session token from the environment', async () => {
  const session = { ...env, AWS_REGION: 'eu-north-1', AWS_SESSION_TOKEN: 'for a while' }
  const { stdout } = await call(getToken.slice(2), { env: session })
  const { status } = JSON.parse(stdout) as { status: { token: string } } // as shown above
  const url = new URL(Buffer.from(status.token.slice('k8s-aws-v1.'.length), 'base64url').toString())
  expect(url.hostname).toBe('sts.eu-north-1.amazonaws.com')
  expect(url.searchParams.get('X-Amz-Security-Token')).toBe('for a while')
})

test.each(['--role', '--role-arn'])('signs as the role of %s', async (flag) => {
  const asked: unknown[] = []
  const role = { accessKeyId: 'ASIA', secretAccessKey: 'b', sessionToken: 'c' }
  const { stdout } = await call([...getToken, flag, 'arn:aws:iam::1:role/admin'], {
    assumeRole: async (...args) => {
      asked.push(args)
      return role
    },
  })
  expect(asked).toEqual([['arn:aws:iam::1:role/admin', { region: 'eu-west-1', credentials }]])
  const wanted = { clusterName: 'payments', region: 'eu-west-1', credentials: role, now }
  expect(stdout).toContain((await eksToken(wanted)).token)
})

test.each([
  ['nothing', [], 252, /knows only: aws --version/],
  ['another command', ['s3', 'ls'], 252, /knows only/],
  ['an unknown option', [...getToken, '--profile', 'x'], 252, /--profile.*knows only/],
  ['no cluster', ['eks', 'get-token', '--region', 'eu-west-1'], 252, /--cluster-name is required/],
  ['another output', [...getToken.slice(0, -1), 'text'], 252, /--output: expected json, got text/],
  ['no region', getToken.slice(2), 253, /expected --region or AWS_REGION/],
] as const)('refuses %s', async (_, args, code, message) => {
  const result = await call([...args])
  expect(result).toMatchObject({ code, stdout: '' })
  expect(result.stderr).toMatch(message)
})

test('refuses to sign without credentials', async () => {
  const result = await call(getToken, { env: {} })
  expect(result).toMatchObject({ code: 253, stdout: '' })
  expect(result.stderr).toMatch(/AWS_ACCESS_KEY_ID/)
})

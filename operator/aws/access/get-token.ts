// The two commands of the AWS CLI that the production image needs: @pulumi/eks asks for `aws --version`, and kubeconfigs
// that it makes call `aws eks get-token`. A CLI of 250 MB for a signature would be too much. Used by aws.ts.
import { parseArgs } from 'node:util'
import type { AwsCredentials } from './credentials.ts'
import { eksToken } from './token.ts'

export type CommandResult = { code: number; stdout: string; stderr: string }

export type CommandTools = {
  env: Record<string, string | undefined>
  now: Date
  readonly assumeRole: (
    roleArn: string,
    o: { region: string; credentials: AwsCredentials },
  ) => Promise<AwsCredentials>
}

/** As the AWS CLI ends: bad usage, and credentials or region that lack. */
const usageCode = 252
const configurationCode = 253

/** Newer than @pulumi/eks asks for; it has nothing else in common with the CLI of that version. */
const version = 'aws-cli/2.27.0 cratekube (answers --version and eks get-token)'

const commands =
  'aws --version | aws [--region REGION] eks get-token --cluster-name NAME [--role-arn ARN]'

export async function awsCommand(args: string[], tools: CommandTools): Promise<CommandResult> {
  try {
    if (args[0] === '--version') return answered(version)
    return answered(await execCredential(getTokenOptions(args), tools))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { code: error.code, stdout: '', stderr: `aws: ${error.message}\n` }
  }
}

class Refused extends Error {
  readonly code: number
  constructor(code: number, message: string, o?: ErrorOptions) {
    super(message, o)
    this.code = code
  }
}

const answered = (text: string): CommandResult => ({ code: 0, stdout: `${text}\n`, stderr: '' })

function getTokenOptions(args: string[]) {
  const { values, positionals } = parsed(args)
  if (positionals.join(' ') !== 'eks get-token') {
    throw new Refused(usageCode, `this image knows only: ${commands}`)
  }
  const clusterName = values['cluster-name']
  if (!clusterName) throw new Refused(usageCode, 'eks get-token: --cluster-name is required')
  if (values.output !== 'json') {
    throw new Refused(usageCode, `--output: expected json, got ${values.output}`)
  }
  return { clusterName, region: values.region, roleArn: values['role-arn'] ?? values.role }
}

function parsed(args: string[]) {
  const string = { type: 'string' } as const
  const options = { region: string, 'cluster-name': string, 'role-arn': string, role: string }
  try {
    const output = { ...string, default: 'json' }
    return parseArgs({ args, allowPositionals: true, options: { ...options, output } })
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new Refused(usageCode, `${message}; this image knows only: ${commands}`, { cause })
  }
}

type GetTokenOptions = ReturnType<typeof getTokenOptions>

async function execCredential(o: GetTokenOptions, { env, now, assumeRole }: CommandTools) {
  const region = o.region ?? env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION']
  if (!region) throw new Refused(configurationCode, 'expected --region or AWS_REGION')
  const own = environmentCredentials(env)
  const credentials = o.roleArn ? await assumeRole(o.roleArn, { region, credentials: own }) : own
  const { token, expiresAt } = await eksToken({
    clusterName: o.clusterName,
    region,
    credentials,
    now,
  })
  return JSON.stringify({
    kind: 'ExecCredential',
    apiVersion: askedVersion(env['KUBERNETES_EXEC_INFO']),
    spec: {},
    status: { expirationTimestamp: expiresAt.toISOString().replace(/\.\d+Z$/, 'Z'), token },
  })
}

function environmentCredentials(env: CommandTools['env']): AwsCredentials {
  const accessKeyId = env['AWS_ACCESS_KEY_ID']
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY']
  const sessionToken = env['AWS_SESSION_TOKEN']
  if (!accessKeyId || !secretAccessKey) {
    throw new Refused(configurationCode, 'expected AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')
  }
  return { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
}

/** A client refuses another version than the one it asks with; one that says nothing takes v1beta1. */
function askedVersion(info: string | undefined): string {
  const known = /client\.authentication\.k8s\.io\/(v1|v1beta1)(?=")/.exec(info ?? '')
  return known?.[0] ?? 'client.authentication.k8s.io/v1beta1'
}

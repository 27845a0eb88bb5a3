// The AWS SDK clients of one tenant. Credentials and endpoint come in as arguments, never from the environment.
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { EC2Client } from '@aws-sdk/client-ec2'
import { EFSClient } from '@aws-sdk/client-efs'
import { EKSClient } from '@aws-sdk/client-eks'
import { ElasticLoadBalancingClient } from '@aws-sdk/client-elastic-load-balancing'
import { ElasticLoadBalancingV2Client } from '@aws-sdk/client-elastic-load-balancing-v2'
import { IAMClient } from '@aws-sdk/client-iam'
import { STSClient } from '@aws-sdk/client-sts'
import type { AwsAccess } from './credentials.ts'

export type Aws = {
  readonly region: string
  /** Of all load balancers but the classic ones, and of target groups. */
  readonly balancing: ElasticLoadBalancingV2Client
  readonly classicBalancing: ElasticLoadBalancingClient
  readonly ec2: EC2Client
  readonly efs: EFSClient
  readonly eks: EKSClient
  readonly iam: IAMClient
  readonly logs: CloudWatchLogsClient
  readonly sts: STSClient
  [Symbol.dispose](): void
}
export function awsClients({ region, credentials, endpoint, proxy }: AwsAccess): Aws {
  const config = {
    region,
    credentials,
    // Slows down by itself when throttled: three attempts, the default, are over in a second.
    retryMode: 'adaptive',
    maxAttempts: 8,
    ...(endpoint && { endpoint }),
    ...(proxy && { requestHandler: agentsFor(proxy) }),
  }
  const clients = {
    balancing: new ElasticLoadBalancingV2Client(config),
    classicBalancing: new ElasticLoadBalancingClient(config),
    ec2: new EC2Client(config),
    efs: new EFSClient(config),
    eks: new EKSClient(config),
    iam: new IAMClient(config),
    logs: new CloudWatchLogsClient(config),
    sts: new STSClient(config),
  }
  return {
    region,
    ...clients,
    [Symbol.dispose]: () => {
      for (const client of Object.values(clients)) client.destroy()
    },
  }
}

/** The SDK knows nothing of proxies; its own agents keep connections alive and have as many. */
function agentsFor(proxyEnv: Record<string, string>) {
  const options = { keepAlive: true, maxSockets: 50, proxyEnv }
  return { httpAgent: new HttpAgent(options), httpsAgent: new HttpsAgent(options) }
}

// The AWS double: EC2, IAM, EFS and the rest kept by moto, EKS of our own in front of it, one endpoint for all. State survives
// nothing: when the process ends, moto forgets and so do we; the clusters behind it stay until their backend removes them.
import { mkdir } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { DescribeVpcsCommand } from '@aws-sdk/client-ec2'
import { DescribeFileSystemsCommand } from '@aws-sdk/client-efs'
import { CreateUserCommand } from '@aws-sdk/client-iam'
import { ListKeysCommand } from '@aws-sdk/client-kms'
import { bindPolicies } from './auth/rbac.ts'
import { reviewToken } from './auth/token-review.ts'
import { answerWebhook, webhookPath } from './auth/webhook.ts'
import type { ClusterBackend } from './backends/backend.ts'
import { callLog } from './call-log.ts'
import type { CallLog } from './call-log.ts'
import { virtualClock } from './clock.ts'
import type { VirtualClock } from './clock.ts'
import { control } from './control.ts'
import { credentials } from './auth/credentials.ts'
import type { Credentials, KeyPair } from './auth/credentials.ts'
import type { EksDeps } from './eks/service.ts'
import { eksState } from './eks/state.ts'
import type { Cluster } from './eks/state.ts'
import { faults } from './limits/faults.ts'
import type { Faults } from './limits/faults.ts'
import { front } from './front.ts'
import { authorizer } from './iam/authorize.ts'
import { inventory } from './inventory.ts'
import type { Inventory } from './inventory.ts'
import { motoPython } from './moto/moto-install.ts'
import { accountId, startMoto } from './moto/moto.ts'
import type { Moto } from './moto/moto.ts'
import { awsDefaultQuotas } from './limits/quotas.ts'
import type { Quotas } from './limits/quotas.ts'
import { services } from './services.ts'
import { tokenBuckets } from './limits/token-buckets.ts'
import { zoneGaps } from './limits/zone-gaps.ts'
import type { ZoneGaps } from './limits/zone-gaps.ts'

export type { ClusterBackend } from './backends/backend.ts'
export type { FaultInput, FaultRule, Faults } from './limits/faults.ts'

export type AwsOptions = {
  /** EFS file systems are directories below <root>/efs. */
  root: string
  backend: ClusterBackend
  /** How much faster than AWS: 60 makes a minute a second, Infinity waits for nothing, 0 stands still until clock.advance(). */
  speed: number
  port?: number
  quotas?: Partial<Quotas>
  /** AWS's request rate limits; false for tests that poll faster than AWS lets anybody. */
  rateLimits?: boolean
  /** Seed of all chance in faults. */
  seed?: number
  /** python3 with moto; found or made in the cache when absent. */
  python?: string
  onError?: (error: unknown) => void
}

export interface AwsDouble {
  readonly endpoint: string
  /** Of an IAM user that may do anything. */
  readonly credentials: KeyPair
  readonly keys: Credentials
  readonly faults: Faults
  readonly calls: CallLog
  readonly clock: VirtualClock
  readonly gaps: ZoneGaps
  inventory(): Promise<Inventory>
  stop(): Promise<void>
}

export async function startAws(o: AwsOptions): Promise<AwsDouble> {
  const onError =
    o.onError ?? ((error) => process.emitWarning(error instanceof Error ? error : String(error)))
  await mkdir(path.join(o.root, 'efs'), { recursive: true })
  const moto = await startMoto({
    python: o.python ?? (await motoPython()),
  })
  const clock = virtualClock(o.speed)
  const keys = credentials({ now: Date.now })
  const rules = faults({ seed: o.seed ?? 1 })
  const log = callLog({ limit: 20_000 })
  const state = eksState()
  const gaps = zoneGaps()
  const review = (cluster: Cluster, body: string) =>
    reviewToken({ moto, credentials: keys, now: Date.now }, cluster, body)
  const deps: EksDeps & { quotas: Quotas } = {
    state,
    clock,
    moto,
    backend: o.backend,
    credentials: keys,
    gaps,
    quotas: { ...awsDefaultQuotas, ...o.quotas },
    webhookUrl: (cluster) => endpoint() + webhookPath(cluster),
    bindAccessPolicies: async (cluster: Cluster) =>
      bindPolicies(await o.backend.adminKubeconfig(cluster.backendName), policiesOf(cluster)),
    // Work that is cut off by stop() has nobody left to tell.
    onBackgroundError: (error) => void (clock.signal.aborted || onError(error)),
  }
  const take = () => inventory({ moto, state, regions: log.regions })
  const forgotten = async () => {
    const known = new Set(state.all().map((cluster) => cluster.backendName))
    return (await o.backend.list()).map(({ name }) => name).filter((name) => !known.has(name))
  }
  const answerControl = control({
    faults: rules,
    log,
    keys,
    clock,
    gaps,
    motoPid: moto.pid,
    inventory: take,
    forgotten,
  })
  const server = front({
    service: services({ ...deps, efsDir: path.join(o.root, 'efs') }),
    credentials: keys,
    authorize: authorizer(moto),
    faults: rules,
    buckets: o.rateLimits === false ? { take: () => true } : tokenBuckets({ clock }),
    log,
    other: async (request) =>
      (await answerWebhook(request, state.all(), review)) ?? answerControl(request),
    onError,
  })
  await new Promise<void>((resolve, reject) =>
    server.once('error', reject).listen(o.port ?? 0, '127.0.0.1', resolve),
  )
  // A TCP server that listens has an AddressInfo.
  const endpoint = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    endpoint: endpoint(),
    credentials: await administrator(moto, keys),
    keys,
    faults: rules,
    calls: log,
    clock,
    gaps,
    inventory: take,
    async stop() {
      clock.stop()
      server.closeAllConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
      await moto.stop()
    },
  }
}

const policiesOf = (cluster: Cluster) =>
  [...cluster.accessEntries.values()].flatMap((entry) => [...entry.policies.values()])

/** Makes the operator's user. Every service of moto is called once: its first call loads it, which takes up to a second. */
async function administrator(moto: Moto, keys: Credentials): Promise<KeyPair> {
  const region = 'us-east-1'
  const [{ User }] = await Promise.all([
    moto.iam().send(new CreateUserCommand({ UserName: 'cratekube' })),
    moto.ec2(region).send(new DescribeVpcsCommand({})),
    moto.efs(region).send(new DescribeFileSystemsCommand({})),
    moto.logs(region).send(new DescribeLogGroupsCommand({})),
    moto.kms(region).send(new ListKeysCommand({})),
  ])
  return keys.create({
    arn: User?.Arn ?? `arn:aws:iam::${accountId}:user/cratekube`,
    userId: User?.UserId ?? '',
  })
}

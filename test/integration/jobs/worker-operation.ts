// What a worker does for one TenantCluster, whole: the job's own code, the real runner and engine, the AWS double. Of the
// management cluster there is the Secret alone, and nobody answers at the API server of the tenant's cluster.
import { pino } from 'pino'
import type {
  OperationKind,
  TenantClusterStatus,
} from '../../../operator/api/tenant/tenant-cluster-status.ts'
import { tenantInputSchema } from '../../../operator/api/tenant/stack.ts'
import { connectTenant, systemClock, type Kube } from '../../../operator/framework/index.ts'
import { awsWorker } from '../../../operator/aws/worker.ts'
import { cloudTools } from '../../../operator/jobs/tenant/cloud.ts'
import type { Ending, Run } from '../../../operator/jobs/worker/operation.ts'
import { tenantOperation } from '../../../operator/jobs/tenant/tenant-operation.ts'
import { runOperation, type EngineSettings } from '../../../operator/engine/index.ts'
import { newCertificateAuthority } from '../../support/certificate-authority.ts'
import { specOf } from '../../support/tenant-cluster.ts'
import type { KeyPair } from '../../sandbox/aws/auth/credentials.ts'
import type { Lab } from '../sandbox/aws/fixture.ts'
import { environment } from '../aws/account.ts'
import { passphrase, source } from '../programs/aws/cloud-stack.ts'

export type Worker = Pick<EngineSettings, 'engine' | 'backendUrl'> & {
  lab: Lab
  keys?: KeyPair
  path?: string
}

export type Asked = {
  kind: OperationKind
  uid: string
  namespace?: string
  name?: string
  /** As a user writes it. */
  spec: object
  /** What the Lease says was taken over. */
  adopted?: string
  status?: TenantClusterStatus
}

export async function work(
  { kind, uid, namespace = 'team-payments', name = 'payments', spec, adopted, status = {} }: Asked,
  { lab, keys = lab.aws.credentials, path, ...engine }: Worker,
): Promise<Ending> {
  const silent = { server: 'https://127.0.0.1:1', certificateAuthority: newCertificateAuthority() }
  const env = environment(lab, keys)
  const data = Object.fromEntries(
    Object.entries({
      AWS_ACCESS_KEY_ID: keys.accessKeyId,
      AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
    }).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  )
  const secret = { metadata: { name: 'aws', namespace, resourceVersion: '7' }, data }
  const execute = tenantOperation({
    kube: { get: async () => secret } as never as Kube, // the one call that is made
    cloud: () => ({
      ...cloudTools(awsWorker({ variables: { AWS_ENDPOINT_URL: lab.aws.endpoint } })),
      tenantApi: async () => ({ ...silent, token: 'T' }),
    }),
    inputSchema: tenantInputSchema,
    engine: (operation, call) =>
      runOperation(operation, {
        ...call,
        env: { ...env, ...(path !== undefined && { PATH: path }) },
        settings: {
          ...engine,
          passphrase,
          providersModule: source('test/sandbox/providers/index.ts'),
          programsModule: source('operator/bin/programs.ts'),
        },
      }),
    connect: (api) => connectTenant(api, { timeoutMs: 100 }),
    clock: systemClock,
    drainMs: 1,
  })
  const { signal } = new AbortController()
  const generation = 1
  return await execute({
    tenant: {
      apiVersion: 'cratekube.io/v1alpha1',
      kind: 'TenantCluster',
      metadata: { namespace, name, uid, generation, resourceVersion: '1' },
      spec: specOf({ addons: { loadTesting: { enabled: false } }, ...spec }),
      status,
    },
    operation: {
      id: 'op',
      kind,
      generation,
      step: 'Queued',
      startedAt: '2026-11-27T00:00:00Z',
      attempt: 1,
    },
    fence: 1,
    adopted,
    signal,
    lost: signal,
    log: pino({ level: 'silent' }),
    progress: () => undefined,
  } satisfies Run)
}

// An `up` of the two stacks of a Ready tenant, as the worker does it, for benchmarks that hand in how one operation is run.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { kubeconfig } from '../../../operator/api/tenant/kubeconfig.ts'
import {
  cloudOutputsSchema,
  stackNames,
  tenantInputSchema,
} from '../../../operator/api/tenant/stack.ts'
import type { StackOperation } from '../../../operator/engine/index.ts'
import { awsWorker } from '../../../operator/aws/worker.ts'
import { cloudTools } from '../../../operator/jobs/tenant/cloud.ts'
import type { ReadyTenant } from './ready-tenant.ts'

type Run = (
  operation: StackOperation,
  env: Record<string, string>,
) => Promise<{ outputs: Record<string, unknown> }>

export async function bothStacks(
  { sandbox, tenant: object }: ReadyTenant,
  run: Run,
  o: { refresh?: boolean } = {},
): Promise<void> {
  const tenant = tenantInputSchema.parse({ ...object.metadata, spec: object.spec })
  const { accessKeyId, secretAccessKey } = sandbox.aws.credentials
  const keys = { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey }
  const cloud = cloudTools(awsWorker({ variables: { AWS_ENDPOINT_URL: sandbox.aws.endpoint } }))
  const env = cloud.environment(tenant, keys)
  const stacks = stackNames(tenant)
  const { outputs } = await run(
    { kind: 'up', program: 'cloud', stack: stacks.cloud, tenant, ...o },
    env,
  )
  const made = cloudOutputsSchema.parse(outputs)
  const dir = await mkdtemp(join(tmpdir(), 'cratekube-bench-kubeconfig-'))
  try {
    const path = join(dir, 'kubeconfig')
    const api = await cloud.tenantApi(tenant, keys, made)
    await writeFile(path, kubeconfig({ clusterName: made.clusterName, ...api }))
    await chmod(path, 0o600)
    const config = { 'cratekube:cloud': JSON.stringify(made) }
    await run(
      { kind: 'up', program: 'addons', stack: stacks.addons, tenant, config, ...o },
      { ...env, KUBECONFIG: path },
    )
  } finally {
    await rm(dir, { recursive: true })
  }
}

// The Secret `<name>-kubeconfig` of a tenant cluster, in Cluster API's shape, and the client that measures the
// cluster through it. Its token is short-lived and replaced at half its life.
import type { Fault } from '../../api/fault.ts'
import type { TenantClusterSpec } from '../../api/tenant-cluster.ts'
import type { TenantClusterStatus } from '../../api/tenant-cluster-status.ts'
import { core, type Context, type Kube } from '../../framework/index.ts'

export type Tenant = Context<TenantClusterSpec, TenantClusterStatus>

/** What AWS has to do with it; bin/manager.ts passes operator/aws. */
export type TenantAccess = {
  /** What is wrong with the data of a credentials Secret; undefined when nothing is. */
  credentialsFault(data: Record<string, string> | undefined, secret: string): Fault | undefined
  mintKubeconfig(o: {
    credentials: Record<string, string> | undefined
    secret: string
    region: string
    clusterName: string
    endpoint: string
    certificateAuthority: string
    now: Date
  }): Promise<{ text: string; expiresAt: Date }>
  connect(kubeconfig: string): Kube
}

export const kubeconfigSecretName = (name: string) => `${name}-kubeconfig`
const secretKey = 'value'
const managedByLabel = { 'app.kubernetes.io/managed-by': 'cratekube' }

/** One client per tenant for as long as its kubeconfig is the same: connections are kept alive. */
export class TenantClients {
  readonly #clients = new Map<string, { text: string; kube: Kube }>()
  readonly #access: TenantAccess

  constructor(access: TenantAccess) {
    this.#access = access
  }

  /** The client of the tenant's cluster; mints and stores a kubeconfig when there is none or it ages. */
  async open(c: Tenant): Promise<Kube> {
    const { uid } = c.obj.metadata
    const text = (await storedKubeconfig(c)) ?? (await storeKubeconfig(c, this.#access))
    const known = this.#clients.get(uid)
    if (known?.text === text) return known.kube
    known?.kube.close()
    const kube = this.#access.connect(text)
    this.#clients.set(uid, { text, kube })
    return kube
  }

  forget(uid: string): void {
    this.#clients.get(uid)?.kube.close()
    this.#clients.delete(uid)
  }

  close(): void {
    for (const uid of this.#clients.keys()) this.forget(uid)
  }
}

type KubeconfigRef = NonNullable<TenantClusterStatus['kubeconfigSecretRef']>

/** When the kubeconfig is to be replaced: half way from its making to its end. */
export function refreshAt(ref: KubeconfigRef | undefined): number {
  if (!ref?.refreshedAt || !ref.expiresAt) return Number.NEGATIVE_INFINITY
  return (Date.parse(ref.refreshedAt) + Date.parse(ref.expiresAt)) / 2
}

async function storedKubeconfig(c: Tenant): Promise<string | undefined> {
  if (c.now().getTime() >= refreshAt(c.obj.status?.kubeconfigSecretRef)) return undefined
  const { namespace, name } = c.obj.metadata
  const secret = await c.get(core.secret, { namespace, name: kubeconfigSecretName(name) })
  const value = secret?.data?.[secretKey]
  return value && Buffer.from(value, 'base64').toString()
}

async function storeKubeconfig(c: Tenant, access: TenantAccess): Promise<string> {
  const { metadata, spec, status } = c.obj
  const now = c.now()
  const { name: secret, data } = await credentialsOf(c)
  const { text, expiresAt } = await access.mintKubeconfig({
    credentials: data,
    secret,
    region: spec.provider.aws.region,
    clusterName: status?.physicalName ?? '',
    endpoint: status?.endpoint ?? '',
    certificateAuthority: status?.certificateAuthority ?? '',
    now,
  })
  const name = kubeconfigSecretName(metadata.name)
  await c.apply(core.secret, {
    metadata: {
      name,
      ...(metadata.namespace && { namespace: metadata.namespace }),
      labels: { ...managedByLabel, 'cluster.x-k8s.io/cluster-name': metadata.name },
    },
    type: 'cluster.x-k8s.io/secret',
    data: { [secretKey]: Buffer.from(text).toString('base64') },
  })
  c.status({
    kubeconfigSecretRef: {
      name,
      key: secretKey,
      expiresAt: expiresAt.toISOString(),
      refreshedAt: now.toISOString(),
    },
  })
  return text
}

/** The decoded data of the credentials Secret, undefined when there is none. Secrets are read by name: the manager may not list them. */
export async function credentialsOf(c: Tenant) {
  const { name } = c.obj.spec.provider.aws.credentialsRef
  const secret = await c.kube.get(core.secret, name, c.obj.metadata.namespace, { signal: c.signal })
  const data =
    secret &&
    Object.fromEntries(
      Object.entries(secret.data ?? {}).map(([k, v]) => [k, Buffer.from(v, 'base64').toString()]),
    )
  return { name, data, version: secret?.metadata.resourceVersion }
}

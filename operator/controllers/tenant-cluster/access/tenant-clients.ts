// The manager's connections to tenant clusters. A connection is made of what operations wrote into the status and of a token
// that is minted here and kept in memory for half its life; the Secret of the kubeconfig is written from the same, never read.
import { isDeepStrictEqual } from 'node:util'
import { kubeconfig } from '../../../aws/access/kubeconfig.ts'
import { outputsProblem } from '../../../api/tenant/cloud-outputs.ts'
import type { Fault } from '../../../api/faults/fault.ts'
import { cloudOwner, physicalName } from '../../../api/tenant/stack.ts'
import {
  Retry,
  tenantApi,
  TenantApiError,
  type TenantApi,
  type TenantKube,
} from '../../../framework/index.ts'
import type { Holds } from './holds.ts'
import { kubeconfigRef, publishKubeconfig } from './kubeconfig.ts'
import { credentialsOf, type Tenant } from './tenant.ts'

/** What AWS has to do with it; bin/manager.ts passes operator/aws. */
export type TenantAccess = {
  /** What is wrong with the data of a credentials Secret; undefined when nothing is. */
  credentialsFault(data: Record<string, string> | undefined, secret: string): Fault | undefined
  mintToken(o: {
    credentials: Record<string, string> | undefined
    secret: string
    region: string
    clusterName: string
    now: Date
  }): Promise<{ token: string; expiresAt: Date }>
  connect(api: TenantApi): TenantKube
}

type Way = {
  holds: Holds
  /** Clusters are not at EKS's addresses. */
  sandbox: boolean
}
type Target = { region: string; clusterName: string; server: string; certificateAuthority: string }
type Client = {
  target: Target
  kube: TenantKube
  kubeconfig: string
  mintedAt: Date
  expiresAt: Date
}

export class TenantClients {
  readonly #clients = new Map<string, Client>()
  /** The kubeconfig that was last written for a tenant: one that differs is somebody else's. */
  readonly #published = new Map<string, string>()
  readonly #access: TenantAccess
  readonly #way: Way

  constructor(access: TenantAccess, way: Way) {
    this.#access = access
    this.#way = way
  }

  /** The client of the tenant's cluster; sees to it that the Secret holds its kubeconfig. */
  async open(c: Tenant): Promise<TenantKube> {
    const { uid } = c.obj.metadata
    const client = await this.#client(c, uid)
    const { clusterName } = client.target
    c.status({ kubeconfigSecretRef: kubeconfigRef(c, client), physicalName: clusterName })
    await publishKubeconfig(c, client.kubeconfig, this.#published.get(uid))
    this.#published.set(uid, client.kubeconfig)
    return client.kube
  }

  /** The token is not taken any more: the next look mints another. */
  renew(uid: string): void {
    this.#clients.get(uid)?.kube.close()
    this.#clients.delete(uid)
  }

  forget(uid: string): void {
    this.renew(uid)
    this.#published.delete(uid)
  }

  close(): void {
    for (const uid of this.#clients.keys()) this.forget(uid)
  }

  async #client(c: Tenant, uid: string): Promise<Client> {
    const target = targetOf(c, this.#way)
    const known = this.#clients.get(uid)
    if (known && isDeepStrictEqual(known.target, target) && c.now().getTime() < halfLife(known)) {
      return known
    }
    const client = await connected(c, target, { access: this.#access, holds: this.#way.holds })
    this.renew(uid)
    this.#clients.set(uid, client)
    return client
  }
}

const halfLife = ({ mintedAt, expiresAt }: Client) => (mintedAt.getTime() + expiresAt.getTime()) / 2

/** The status may be anybody's who can write it: a token is made for the tenant's own cluster and leads nowhere else. */
function targetOf({ obj }: Tenant, { sandbox }: Way): Target {
  const { spec, status } = obj
  const clusterName = physicalName(cloudOwner(obj))
  const { region } = spec.provider.aws
  const { endpoint = '', certificateAuthority = '' } = status ?? {}
  const problem = outputsProblem(
    { clusterName, endpoint, certificateAuthority },
    { physicalName: clusterName, region, sandbox },
  )
  if (problem !== undefined) throw new Retry('EndpointUnusable', `status.${problem}`)
  return { region, clusterName, server: endpoint, certificateAuthority }
}

async function connected(
  c: Tenant,
  target: Target,
  { access, holds }: { access: TenantAccess; holds: Holds },
): Promise<Client> {
  const { region, clusterName } = target
  const mintedAt = c.now()
  const { name, data, secret } = await credentialsOf(c)
  const credentials = secret && (await holds.keep(c, secret, 'use')) ? data : undefined
  const minting = { credentials, secret: name, region, clusterName, now: mintedAt }
  const { token, expiresAt } = await access.mintToken(minting)
  const api = usable({ ...target, token })
  const text = kubeconfig({ clusterName, ...api })
  return { target, kube: access.connect(api), kubeconfig: text, mintedAt, expiresAt }
}

function usable(api: TenantApi): TenantApi {
  try {
    return tenantApi(api)
  } catch (error) {
    if (!(error instanceof TenantApiError)) throw error
    const field = error.field === 'server' ? 'endpoint' : error.field
    throw new Retry('EndpointUnusable', `status.${field}: ${error.problem}`)
  }
}

// The manager's connections to tenant clusters. A connection is made of what operations wrote into the status and of a token
// that is minted here and kept in memory for half its life; the Secret of the kubeconfig is written from the same, never read.
import { isDeepStrictEqual } from 'node:util'
import { reasonOf } from '../../../api/faults/reasons.ts'
import { kubeconfig } from '../../../api/tenant/kubeconfig.ts'
import { outputsProblem } from '../../../api/tenant/cloud-outputs.ts'
import { OperationFault, type Fault } from '../../../api/faults/fault.ts'
import { credentialsMissing } from '../../../api/tenant/provider.ts'
import { cloudOwner, physicalName } from '../../../api/tenant/stack.ts'
import {
  Retry,
  tenantApi,
  TenantApiError,
  type TenantApi,
  type TenantKube,
} from '../../../framework/index.ts'
import type { Chosen } from '../../../provider/choose.ts'
import type { ManagerFace } from '../../../provider/contract.ts'
import type { Holds } from './holds.ts'
import { kubeconfigRef, publishKubeconfig } from './kubeconfig.ts'
import { credentialsOf, type TenantContext } from './tenant.ts'

/** The way to tenants' clusters; bin/manager.ts fills it in. */
export type TenantAccess = {
  /** Of the provider that a spec names. */
  provider: Chosen<ManagerFace>
  connect(api: TenantApi): TenantKube
}

type Target = {
  place: string
  clusterName: string
  server: string
  certificateAuthority: string
}
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
  readonly #holds: Holds

  constructor(access: TenantAccess, holds: Holds) {
    this.#access = access
    this.#holds = holds
  }

  /** The client of the tenant's cluster; sees to it that the Secret holds its kubeconfig. */
  async open(c: TenantContext): Promise<TenantKube> {
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

  async #client(c: TenantContext, uid: string): Promise<Client> {
    const target = targetOf(c, this.#access.provider(c.obj.spec))
    const known = this.#clients.get(uid)
    if (known && isDeepStrictEqual(known.target, target) && c.now().getTime() < halfLife(known)) {
      return known
    }
    const client = await connected(c, target, { access: this.#access, holds: this.#holds })
    this.renew(uid)
    this.#clients.set(uid, client)
    return client
  }
}

const halfLife = ({ mintedAt, expiresAt }: Client) => (mintedAt.getTime() + expiresAt.getTime()) / 2

/** The status may be anybody's who can write it: a token is made for the tenant's own cluster and leads nowhere else. */
function targetOf({ obj }: TenantContext, provider: ManagerFace): Target {
  const { spec, status } = obj
  const clusterName = physicalName(cloudOwner(obj))
  const { endpoint = '', certificateAuthority = '' } = status ?? {}
  const problem = outputsProblem(
    { clusterName, endpoint, certificateAuthority },
    {
      physicalName: clusterName,
      expectedEndpoint: (given) => provider.expectedEndpoint(spec, given),
    },
  )
  if (problem !== undefined) throw new Retry('EndpointUnusable', `status.${problem}`)
  const place = provider.placeOf(spec)
  return { place, clusterName, server: endpoint, certificateAuthority }
}

async function connected(
  c: TenantContext,
  target: Target,
  { access, holds }: { access: TenantAccess; holds: Holds },
): Promise<Client> {
  const { clusterName } = target
  const mintedAt = c.now()
  const { spec } = c.obj
  const found = await credentialsOf(c)
  if (!found || !(await holds.keep(c, found.secret, 'use'))) tryAgain(credentialsMissing(spec))
  const asked = { credentials: found.data, clusterName, now: mintedAt }
  const minting = access.provider(spec).mintToken(spec, asked)
  const { token, expiresAt } = await minting.catch((error: unknown) => {
    if (!(error instanceof OperationFault)) throw error
    return tryAgain(error.fault)
  })
  const api = usable({ ...target, token })
  const text = kubeconfig({ clusterName, ...api })
  return { target, kube: access.connect(api), kubeconfig: text, mintedAt, expiresAt }
}

/** Credentials that lack may come. */
function tryAgain({ code, message }: Fault): never {
  throw new Retry(reasonOf(code), message)
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

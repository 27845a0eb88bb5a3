// The finalizer on Secrets with credentials: it is there before an operation may make anything in the cloud, and goes with the last
// TenantCluster that needs it. Reads and changes Secrets by name alone, and of them nothing but this finalizer. What it may
// not do is told in an Event and holds nothing up.
import { credentialsFinalizer } from '../../../api/tenant/stack.ts'
import {
  addFinalizer,
  core,
  hasFinalizer,
  KubeError,
  removeFinalizer,
  type Cache,
  type Kube,
  type KubeObject,
} from '../../../framework/index.ts'
import type { TenantObject } from '../../../jobs/queue/tenant-kind.ts'
import { decideHold, secretsOf, whoNeeds } from './hold-decision.ts'
import type { TenantContext } from './tenant.ts'

type Warn = (reason: string, note: string) => void
/**
 * An operation begins that may make something; a token is signed for what there is already; or it is only looked at.
 * A refusal to hold is tried again with the next operation.
 */
export type Why = 'begin' | 'use' | 'look'

const stillHeld = 'CredentialsStillHeld'
const noteOn = (name: string, { message }: Error) =>
  `the finalizer ${credentialsFinalizer} stays on Secret ${name}, which no TenantCluster needs any more; take it off by hand: ${message}`

export class Holds {
  readonly #tenants: Pick<Cache<TenantObject>, 'list'>
  readonly #released: ReadonlySet<string>
  /** Secrets, by their uid, that could not be held for the tenant of a uid. */
  readonly #refused = new Map<string, string>()

  constructor(tenants: Pick<Cache<TenantObject>, 'list'>, released: ReadonlySet<string>) {
    this.#tenants = tenants
    this.#released = released
  }

  /** Whether the Secret may be used: one that was deleted by itself, where nothing refused that, goes here. */
  async keep(c: TenantContext, secret: KubeObject, why: Why): Promise<boolean> {
    const { name, uid, deletionTimestamp } = secret.metadata
    const terminating = deletionTimestamp !== undefined
    const isHeld = hasFinalizer(secret, credentialsFinalizer)
    const step = decideHold({
      held: isHeld,
      terminating,
      namespaceTerminating: terminating && (await isTerminating(c)),
      neededToDelete: this.#needing(c.obj, name).some((tenant) => isDeleting(tenant)),
    })
    if (step === 'let go') return !(await this.#drop(c, secret))
    const wasRefused = this.#refused.get(c.obj.metadata.uid) === uid
    const tries = why === 'begin' || (why === 'use' && !wasRefused)
    const held = step === 'hold' ? tries && (await this.#hold(c, secret, wasRefused)) : isHeld
    if (held) c.status({ heldSecrets: [...new Set([name, ...heldBy(c)])] })
    return true
  }

  /** For one that may go: nothing of it needs credentials any more. */
  async release(kube: Kube, tenant: TenantObject, warn: Warn): Promise<void> {
    this.#refused.delete(tenant.metadata.uid)
    await this.letGo(kube, tenant, secretsOf(tenant), warn)
  }

  /** Lets go of those Secrets that no other TenantCluster needs. */
  async letGo(kube: Kube, tenant: TenantObject, names: string[], warn: Warn): Promise<void> {
    const { namespace } = tenant.metadata
    const isShared = (name: string) =>
      this.#needing(tenant, name).some(({ metadata }) => metadata.uid !== tenant.metadata.uid)
    for (const name of names) {
      if (isShared(name)) continue
      try {
        const secret = await kube.get(core.secret, name, namespace)
        // While it was asked for, another may have come.
        if (!secret || isShared(name)) continue
        await removeFinalizer(kube, core.secret, secret, credentialsFinalizer)
      } catch (error) {
        if (!isRefusal(error)) throw error
        warn(stillHeld, noteOn(name, error))
      }
    }
  }

  async #hold(c: TenantContext, secret: KubeObject, wasRefused: boolean): Promise<boolean> {
    const { uid } = c.obj.metadata
    try {
      const held = await addFinalizer(c.kube, core.secret, secret, credentialsFinalizer)
      this.#refused.delete(uid)
      return held !== undefined && hasFinalizer(held, credentialsFinalizer)
    } catch (error) {
      if (!isRefusal(error)) throw error
      this.#refused.set(uid, secret.metadata.uid)
      const note = `Secret ${secret.metadata.name} is not kept from deletion, and without it nothing of the cluster can be deleted: ${error.message}`
      if (!wasRefused) c.event('Warning', 'CredentialsNotHeld', note)
      return false
    }
  }

  /** Whether it could be. */
  async #drop(c: TenantContext, secret: KubeObject): Promise<boolean> {
    const { name } = secret.metadata
    try {
      await removeFinalizer(c.kube, core.secret, secret, credentialsFinalizer)
    } catch (error) {
      if (!isRefusal(error)) throw error
      c.event('Warning', stillHeld, noteOn(name, error))
      return false
    }
    const rest = heldBy(c).filter((held) => held !== name)
    c.status({ heldSecrets: rest.length > 0 ? rest : undefined })
    return true
  }

  #needing(tenant: TenantObject, name: string): TenantObject[] {
    const others = { tenants: this.#tenants.list(), released: this.#released }
    return whoNeeds(name, tenant.metadata.namespace, others)
  }
}

const heldBy = ({ obj }: TenantContext) => obj.status?.heldSecrets ?? []
const isDeleting = ({ metadata }: TenantObject) => metadata.deletionTimestamp !== undefined

/** Where that may not be asked, the credentials are kept. */
async function isTerminating(c: TenantContext): Promise<boolean> {
  const { namespace = '' } = c.obj.metadata
  try {
    const found = await c.kube.get(core.namespace, namespace, undefined, { signal: c.signal })
    return found?.metadata.deletionTimestamp !== undefined
  } catch (error) {
    if (!isRefusal(error)) throw error
    return true
  }
}

/** By rights, by a policy or by a webhook of others; asking again at once helps nothing. */
const isRefusal = (error: unknown): error is KubeError =>
  error instanceof KubeError && [400, 403, 422].includes(error.status)

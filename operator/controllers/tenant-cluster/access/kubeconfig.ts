// The Secret `<name>-kubeconfig` of a tenant cluster, in Cluster API's shape, for people and programs. It is output: what others
// write into it is compared with what belongs there and replaced, and never used for anything else.
import { isDeepStrictEqual } from 'node:util'
import { credentialsRefOf } from '../../../api/tenant/provider.ts'
import { tenantCluster } from '../../../api/tenant/tenant-cluster.ts'
import type { TenantClusterStatus } from '../../../api/tenant/tenant-cluster-status.ts'
import {
  apiVersionOf,
  core,
  isConflict,
  Retry,
  Stall,
  type KubeObject,
  type OwnerReference,
} from '../../../framework/index.ts'
import type { TenantContext } from './tenant.ts'

type Secret = KubeObject & { type?: string; data?: Record<string, string>; immutable?: boolean }
/** What is ours of it; labels and owners that others add are theirs. */
type Wanted = {
  labels: Record<string, string>
  owner: OwnerReference
  data: Record<string, string>
}

const secretKey = 'value'
const secretType = 'cluster.x-k8s.io/secret'
const fieldManager = 'cratekube'
const nameOf = ({ obj }: TenantContext) => `${obj.metadata.name}-kubeconfig`

export const kubeconfigRef = (
  c: TenantContext,
  { mintedAt, expiresAt }: { mintedAt: Date; expiresAt: Date },
): TenantClusterStatus['kubeconfigSecretRef'] => ({
  name: nameOf(c),
  key: secretKey,
  expiresAt: expiresAt.toISOString(),
  refreshedAt: mintedAt.toISOString(),
})

/**
 * One request while the Secret is as it should be. `published` is what this process wrote last. A look writes once at most, so
 * that somebody who keeps changing it cannot make us spin.
 */
export async function publishKubeconfig(
  c: TenantContext,
  text: string,
  published: string | undefined,
): Promise<void> {
  const { namespace } = c.obj.metadata
  const name = nameOf(c)
  refuseCredentials(c, name)
  if (await madeAtFirst(c, text)) return
  const present = await c.kube.get(core.secret, name, namespace, { signal: c.signal })
  const wanted = wantedOf(c, text)
  if (present && holds(present, wanted)) return
  if (present) refuseForeign(c, present)
  const write = present ? replace(c, present, wanted) : create(c, wanted)
  await write.catch(changedMeanwhile(c))
  if (present && published !== undefined && !holds(present, wantedOf(c, published))) {
    const note = `Secret ${name} was changed by somebody else and is written again; nothing was taken from it`
    c.event('Warning', 'KubeconfigChanged', note)
  }
}

/** Mostly there is none before the first: then nobody has to be asked. */
async function madeAtFirst(c: TenantContext, text: string): Promise<boolean> {
  if (c.obj.status?.kubeconfigSecretRef) return false
  return create(c, wantedOf(c, text)).then(
    () => true,
    (error: unknown) => {
      if (isConflict(error)) return false
      throw error
    },
  )
}

function wantedOf({ obj: { metadata } }: TenantContext, text: string): Wanted {
  const { name, uid } = metadata
  return {
    labels: {
      'app.kubernetes.io/managed-by': 'cratekube',
      'cluster.x-k8s.io/cluster-name': name,
    },
    owner: {
      apiVersion: apiVersionOf(tenantCluster),
      kind: tenantCluster.kind,
      name,
      uid,
      controller: true,
      blockOwnerDeletion: true,
    },
    data: { [secretKey]: Buffer.from(text).toString('base64') },
  }
}

const holds = ({ metadata, data, type }: Secret, wanted: Wanted): boolean =>
  type === secretType &&
  isDeepStrictEqual(data, wanted.data) &&
  isLabelled(metadata, wanted.labels) &&
  (metadata.ownerReferences ?? []).some((owner) => isDeepStrictEqual(owner, wanted.owner))

const isLabelled = ({ labels = {} }: KubeObject['metadata'], wanted: Record<string, string>) =>
  Object.entries(wanted).every(([label, value]) => labels[label] === value)

async function create(c: TenantContext, { labels, owner, data }: Wanted): Promise<void> {
  const { namespace } = c.obj.metadata
  const place = { name: nameOf(c), ...(namespace && { namespace }) }
  const metadata = { ...place, labels, ownerReferences: [owner] }
  await c.kube.create(
    core.secret,
    { metadata, type: secretType, data },
    { fieldManager, signal: c.signal },
  )
}

/** Of the very object that was looked at: in its place there may be somebody's own by now. */
async function replace(c: TenantContext, present: Secret, wanted: Wanted): Promise<void> {
  const { uid, name, namespace, ownerReferences = [] } = present.metadata
  const others = ownerReferences.filter((owner) => owner.uid !== wanted.owner.uid)
  const foreign = Object.keys(present.data ?? {}).map((key) => [key, null] as const)
  const patch = {
    metadata: { uid, labels: wanted.labels, ownerReferences: [...others, wanted.owner] },
    data: { ...Object.fromEntries(foreign), ...wanted.data },
  }
  await c.kube.patch(core.secret, { name, namespace }, patch, {
    type: 'merge',
    fieldManager,
    signal: c.signal,
  })
}

/** The next look sees what became of it. */
const changedMeanwhile = (c: TenantContext) => (error: unknown) => {
  if (!isConflict(error)) throw error
  c.log.info({ err: error }, 'the Secret of the kubeconfig changed while it was written')
}

/** Admission refuses the name; an object that was stored before is told here. */
function refuseCredentials(c: TenantContext, name: string): void {
  const { secret, field } = credentialsRefOf(c.obj.spec)
  if (secret !== name) return
  throw new Stall(
    'InvalidSpec',
    `${field}: expected another name than ${name}, which is that of the kubeconfig`,
  )
}

/** One that lost its owner, by a restore or a GitOps tool, is known by its name, type and labels. */
function refuseForeign(c: TenantContext, present: Secret): void {
  const { metadata, type, immutable } = present
  const { owner, labels } = wantedOf(c, '')
  const controller = metadata.ownerReferences?.find((found) => found.controller)
  const ours = controller ? controller.uid === owner.uid : isLabelled(metadata, labels)
  const what = `Secret ${metadata.namespace}/${metadata.name}`
  if (type !== secretType || !ours) {
    const message = `${what} exists and does not belong to TenantCluster ${owner.name}; delete or rename it`
    throw new Retry('NotOwned', message)
  }
  if (immutable) throw new Retry('NotOwned', `${what} is immutable and out of date; delete it`)
}

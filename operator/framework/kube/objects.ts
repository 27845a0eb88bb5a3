// What every Kubernetes object has in common, as it is on the wire (timestamps are strings).

export type OwnerReference = {
  apiVersion: string
  kind: string
  name: string
  uid: string
  controller?: boolean
  blockOwnerDeletion?: boolean
}

export type ObjectMeta = {
  name: string
  namespace?: string
  uid: string
  resourceVersion: string
  generation?: number
  creationTimestamp?: string
  deletionTimestamp?: string
  deletionGracePeriodSeconds?: number
  generateName?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  ownerReferences?: OwnerReference[]
}

/** An object as the API server returned it. `Rest` is what a kind has beside spec and status (`data` of a Secret). */
export type KubeObject<Spec = unknown, Status = unknown, Rest = unknown> = {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
  spec: Spec
  status?: Status
} & Rest

/** An object to be written: apiVersion and kind come from the Kind when left out. */
export type Manifest = {
  apiVersion?: string
  kind?: string
  metadata: Partial<ObjectMeta>
  [field: string]: unknown
}

/** Names one object of a kind. */
export type Key = { readonly namespace?: string | undefined; readonly name: string }

export type ConditionStatus = 'True' | 'False' | 'Unknown'

export type Condition = {
  type: string
  status: ConditionStatus
  reason: string
  message: string
  lastTransitionTime: string
  observedGeneration?: number
}

export const keyOf = (obj: { metadata: { name?: string; namespace?: string } }): Key => ({
  name: obj.metadata.name ?? '',
  namespace: obj.metadata.namespace,
})

export const keyText = (key: Key): string =>
  key.namespace ? `${key.namespace}/${key.name}` : key.name

export function parseKey(text: string): Key {
  const slash = text.indexOf('/')
  return slash < 0
    ? { name: text }
    : { namespace: text.slice(0, slash), name: text.slice(slash + 1) }
}

/** What a Secret holds, by its keys, as the text that it is; empty where there is none. */
export const secretText = (
  secret: { data?: Readonly<Record<string, string>> } | undefined,
): Record<string, string> =>
  Object.fromEntries(
    Object.entries(secret?.data ?? {}).map(([key, value]) => [
      key,
      Buffer.from(value, 'base64').toString(),
    ]),
  )

/** metav1.Time, which has no fractions. */
export const metaTime = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, 'Z')

// Reads and writes of objects by the rules of the API server: versions, generations, finalizers, status
// subresource, optimistic locks.
import { isDeepStrictEqual } from 'node:util'
import { randomUUID } from 'node:crypto'
import { metaTime, type Kind, type KubeObject, type ObjectMeta } from '../../index.ts'
import { applyConfiguration, takeOver, type Owners } from './field-ownership.ts'
import { jsonPatch, mergePatch } from './patches.ts'
import { Refusal } from './refusal.ts'
import type { Stored } from './storage.ts'
import { Storage } from './storage.ts'

export type Place = { kind: Kind; namespace: string; name: string; subresource: string }
type Json = Record<string, unknown>
type WriteOptions = { manager: string; dryRun: boolean }

const withoutGeneration = new Set([
  '',
  'coordination.k8s.io',
  'events.k8s.io',
  'storage.k8s.io',
  'rbac.authorization.k8s.io',
])
const hasGeneration = ({ group }: Kind): boolean => !withoutGeneration.has(group)

export const collectionOf = ({ group, plural }: Kind): string => `${group}/${plural}`
const keyOf = ({ namespace, name }: Place): string => `${namespace}/${name}`

export class Resources {
  readonly storage = new Storage()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  get(place: Place): KubeObject {
    return this.#stored(place).obj
  }

  create(place: Place, body: Json, o: WriteOptions): KubeObject {
    const metadata = body['metadata'] as Json & { generateName?: string; name?: string }
    const name = metadata.name ?? `${metadata.generateName}${randomUUID().slice(0, 5)}`
    const at = { ...place, name }
    if (this.storage.get(collectionOf(at.kind), keyOf(at))) {
      const message = `${at.kind.plural} "${name}" already exists`
      throw new Refusal(409, 'AlreadyExists', message)
    }
    const owners: Owners = new Map()
    const obj = this.#born(at, body)
    takeOver({}, obj, owners, o.manager)
    return this.#save(at, { obj, owners }, o.dryRun)
  }

  apply(place: Place, config: Json, o: WriteOptions & { force: boolean }): KubeObject {
    const stored = this.storage.get(collectionOf(place.kind), keyOf(place))
    assertApplicable(place, stored?.obj, config['metadata'] as Partial<ObjectMeta>)
    const owners: Owners = structuredClone(stored?.owners ?? new Map())
    const base = stored?.obj ?? this.#born(place, { metadata: {} })
    const scoped =
      place.subresource === 'status' ? { status: config['status'] } : without(config, 'status')
    const obj = applyConfiguration(base, scoped, { ...o, owners }) as KubeObject
    return stored
      ? this.#update(place, stored, { obj, owners }, o.dryRun)
      : this.#save(place, { obj, owners }, o.dryRun)
  }

  patch(place: Place, type: string, body: unknown, o: WriteOptions): KubeObject {
    const stored = this.#stored(place)
    const patched =
      type === 'application/json-patch+json'
        ? jsonPatch(stored.obj, body as Parameters<typeof jsonPatch>[1])
        : mergePatch(stored.obj, body)
    return this.#replace(place, stored, patched as KubeObject, o)
  }

  put(place: Place, body: Json, o: WriteOptions): KubeObject {
    return this.#replace(place, this.#stored(place), body as KubeObject, o)
  }

  /** The object while finalizers hold it, undefined when it is gone. */
  delete(
    place: Place,
    preconditions: { uid?: string; resourceVersion?: string } = {},
  ): KubeObject | undefined {
    const { obj, owners } = this.#stored(place)
    const { uid, resourceVersion } = obj.metadata
    if (
      (preconditions.uid ?? uid) !== uid ||
      (preconditions.resourceVersion ?? resourceVersion) !== resourceVersion
    ) {
      throw new Refusal(409, 'Conflict', 'the precondition does not hold')
    }
    if (!obj.metadata.finalizers?.length) {
      this.storage.write(collectionOf(place.kind), keyOf(place), undefined)
      return undefined
    }
    if (obj.metadata.deletionTimestamp) return obj
    const deleting = structuredClone(obj)
    deleting.metadata.deletionTimestamp = metaTime(new Date(this.#now()))
    deleting.metadata.deletionGracePeriodSeconds = 0
    if (deleting.metadata.generation) deleting.metadata.generation += 1
    return this.#save(place, { obj: deleting, owners }, false)
  }

  #stored(place: Place): Stored {
    const stored = this.storage.get(collectionOf(place.kind), keyOf(place))
    if (!stored) throw notFound(place)
    return stored
  }

  #born(place: Place, body: Json): KubeObject {
    const { kind, namespace, name } = place
    const metadata = { ...(body['metadata'] as Json) }
    delete metadata['resourceVersion']
    return {
      ...without(structuredClone(body), 'status'),
      apiVersion: kind.group ? `${kind.group}/${kind.version}` : kind.version,
      kind: kind.kind,
      metadata: {
        ...metadata,
        name,
        ...(namespace && { namespace }),
        uid: randomUUID(),
        creationTimestamp: metaTime(new Date(this.#now())),
        ...(hasGeneration(kind) && { generation: 1 }),
      },
    } as unknown as KubeObject
  }

  #replace(place: Place, stored: Stored, wanted: KubeObject, o: WriteOptions): KubeObject {
    const { resourceVersion, uid } = stored.obj.metadata
    if ((wanted.metadata.resourceVersion ?? resourceVersion) !== resourceVersion) {
      throw new Refusal(409, 'Conflict', `the object has been modified: ${place.name}`)
    }
    if ((wanted.metadata.uid ?? uid) !== uid) throw new Refusal(409, 'Conflict', 'uid mismatch')
    const owners = structuredClone(stored.owners)
    const obj =
      place.subresource === 'status'
        ? { ...structuredClone(stored.obj), status: wanted.status }
        : { ...structuredClone(wanted), status: stored.obj.status }
    if (obj.status === undefined) delete obj.status
    takeOver(stored.obj, obj, owners, o.manager)
    return this.#update(place, stored, { obj, owners }, o.dryRun)
  }

  #update(place: Place, was: Stored, now: Stored, dryRun: boolean): KubeObject {
    const { metadata } = now.obj
    Object.assign(
      metadata,
      pick(was.obj.metadata, [
        'uid',
        'resourceVersion',
        'creationTimestamp',
        'deletionTimestamp',
        'generation',
      ]),
    )
    assertOneController(now.obj)
    if (isDeepStrictEqual(was.obj, now.obj)) return this.#save(place, now, true)
    if (metadata.generation && !isDeepStrictEqual(content(was.obj), content(now.obj)))
      metadata.generation += 1
    if (metadata.deletionTimestamp && !metadata.finalizers?.length && !dryRun) {
      this.storage.write(collectionOf(place.kind), keyOf(place), undefined)
      return now.obj
    }
    return this.#save(place, now, dryRun)
  }

  #save(place: Place, stored: Stored, dryRun: boolean): KubeObject {
    assertAnnotationsFit(stored.obj)
    if (dryRun) return stored.obj
    const managedFields = [...stored.owners.keys()].map((manager) => ({ manager }))
    Object.assign(stored.obj.metadata, { managedFields })
    this.storage.write(collectionOf(place.kind), keyOf(place), stored)
    return stored.obj
  }
}

const notFound = ({ kind, name }: Place) =>
  new Refusal(404, 'NotFound', `${kind.plural} "${name}" not found`)

/** The status subresource ignores the uid, as the real one does. */
function assertApplicable(place: Place, obj: KubeObject | undefined, wanted: Partial<ObjectMeta>) {
  const { uid, resourceVersion } = wanted
  if (!obj && place.subresource) throw notFound(place)
  if (!obj && uid) throw new Refusal(409, 'Conflict', 'uid mismatch: no existing object was found')
  if (!obj) return
  if (uid && uid !== obj.metadata.uid && !place.subresource) {
    throw new Refusal(422, 'Invalid', 'metadata.uid: field is immutable')
  }
  if (resourceVersion && resourceVersion !== obj.metadata.resourceVersion) {
    throw new Refusal(409, 'Conflict', 'the object has been modified')
  }
}

function assertOneController({ metadata }: KubeObject): void {
  const controllers = metadata.ownerReferences?.filter(({ controller }) => controller) ?? []
  if (controllers.length > 1)
    throw new Refusal(422, 'Invalid', 'only one owner reference can have controller=true')
}

function assertAnnotationsFit({ metadata: { annotations = {} } }: KubeObject): void {
  const most = 256 * 1024
  if (Buffer.byteLength(Object.entries(annotations).flat().join('')) > most)
    throw new Refusal(422, 'Invalid', `metadata.annotations: Too long: may not be more than ${most} bytes`) // prettier-ignore
}

const without = (obj: Json, field: string): Json =>
  Object.fromEntries(Object.entries(obj).filter(([name]) => name !== field))

const content = (obj: KubeObject): Json => without(without(obj as Json, 'metadata'), 'status')

const pick = (from: object, fields: string[]): Json =>
  Object.fromEntries(Object.entries(from).filter(([field]) => fields.includes(field)))

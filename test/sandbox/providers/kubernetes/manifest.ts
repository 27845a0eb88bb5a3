// Check and Diff of the kubernetes double: pure. Names, default namespace, labels; which changes need a new object.
import type { Manifest } from '../../../../operator/framework/index.ts'
import type { DiffResult } from '../../../../operator/engine/embedded/providers/provider.ts'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { randomBytes } from 'node:crypto'
import { urnName } from '../../../../operator/engine/embedded/state/urn.ts'
import { sameValue, unwrapped, plainProps, textOf } from '../values.ts'
import {
  unknownValue,
  hasUnknown,
  isObject,
} from '../../../../operator/engine/embedded/values/values.ts'

export const AUTONAMED = 'pulumi.com/autonamed'

export type Subject = { namespaced: boolean; defaultNamespace: string }

const objectIn = (value: unknown): Props => (isObject(value) ? value : {})
export const metadataOf = (props: Props): Props => objectIn(unwrapped(props['metadata']))
export const annotationsOf = (props: Props): Props => objectIn(metadataOf(props)['annotations'])

/** Inputs as they go into the state. The metadata keeps its secrets only when nothing has to be filled in. */
export function checkManifest(o: {
  urn: string
  olds: Props
  news: Props
  subject: Subject | undefined
}): Props {
  if (unwrapped(o.news['metadata']) === unknownValue) return o.news
  const metadata: Props = { ...metadataOf(o.news) }
  if (metadata['name'] === undefined && metadata['generateName'] === undefined) nameIt(metadata, o)
  if (o.subject?.namespaced === true) metadata['namespace'] ??= o.subject.defaultNamespace
  const labels = metadata['labels']
  if (labels === undefined || isObject(labels))
    metadata['labels'] = { 'app.kubernetes.io/managed-by': 'pulumi', ...objectIn(labels) }
  return { ...o.news, metadata }
}

function nameIt(metadata: Props, o: { urn: string; olds: Props }): void {
  const old = metadataOf(o.olds)
  const wasAutonamed = objectIn(old['annotations'])[AUTONAMED] === 'true'
  const suffix = randomBytes(4).toString('hex')
  metadata['name'] = wasAutonamed ? old['name'] : `${urnName(o.urn).toLowerCase()}-${suffix}`
  metadata['annotations'] = { ...objectIn(metadata['annotations']), [AUTONAMED]: 'true' }
}

/** What goes to the API server. */
export function manifestOf(inputs: Props): Manifest {
  const { metadata, ...rest } = plainProps(inputs)
  for (const key of Object.keys(rest)) if (key.startsWith('__')) delete rest[key]
  return { ...rest, metadata: objectIn(metadata) }
}

export function idOf(metadata: { name?: unknown; namespace?: unknown }): string {
  const name = textOf(metadata.name) ?? ''
  const namespace = textOf(metadata.namespace)
  return namespace === undefined ? name : `${namespace}/${name}`
}

/** Paths whose change cannot be applied to the object that is there. */
const immutable: Record<string, string[]> = {
  CSIDriver: ['spec'],
  ClusterRoleBinding: ['roleRef'],
  ConfigMap: [],
  DaemonSet: ['spec.selector'],
  Deployment: ['spec.selector'],
  Job: ['spec.selector', 'spec.template', 'spec.completions', 'spec.completionMode'],
  PersistentVolume: ['spec.csi', 'spec.nfs', 'spec.hostPath', 'spec.volumeMode', 'spec.storageClassName'],
  PersistentVolumeClaim: ['spec.accessModes', 'spec.dataSource', 'spec.selector', 'spec.storageClassName', 'spec.volumeName', 'spec.volumeMode'],
  Pod: ['spec.containers', 'spec.initContainers', 'spec.nodeName', 'spec.volumes', 'spec.restartPolicy', 'spec.serviceAccountName'],
  PriorityClass: ['value'],
  ReplicaSet: ['spec.selector'],
  RoleBinding: ['roleRef'],
  RuntimeClass: ['handler'],
  Secret: ['type'],
  Service: ['spec.clusterIP'],
  StatefulSet: ['spec.podManagementPolicy', 'spec.selector', 'spec.serviceName', 'spec.volumeClaimTemplates'],
  StorageClass: ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'],
} // prettier-ignore

const always = ['apiVersion', 'kind', 'metadata.name', 'metadata.namespace']

export function diffManifests(o: {
  oldInputs: Props
  news: Props
  ignoreChanges: string[]
  immutableConfig: boolean
  immutableSecrets: boolean
}): DiffResult {
  const olds = plainProps(o.oldInputs)
  const news = plainProps(o.news)
  const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])]
  const diffs = keys
    .filter((key) => !key.startsWith('__') && !o.ignoreChanges.includes(key))
    .filter((key) => hasUnknown(news[key]) || !sameValue(olds[key], news[key]))
  const paths = [...always, ...fixedPaths(String(news['kind']), olds, o)]
  const replaces = paths.filter((path) => changes(path, olds, news))
  const named = annotationsOf(news)[AUTONAMED] !== 'true'
  return {
    changes: diffs.length > 0,
    diffs,
    replaces: [...new Set(replaces)],
    // Two objects cannot bear one name.
    deleteBeforeReplace:
      replaces.length > 0 &&
      named &&
      !changes('metadata.name', olds, news) &&
      !changes('metadata.namespace', olds, news),
  }
}

type Immutability = { immutableConfig: boolean; immutableSecrets: boolean }

// The real provider takes a change of their data for a new object, unless told that they are mutable.
function fixedPaths(kind: string, olds: Props, o: Immutability): string[] {
  const byDefault = { ConfigMap: o.immutableConfig, Secret: o.immutableSecrets }
  const paths = immutable[kind] ?? []
  if (kind !== 'ConfigMap' && kind !== 'Secret') return paths
  return olds['immutable'] === true || byDefault[kind] ? [...paths, 'data', 'binaryData'] : paths
}

function changes(path: string, olds: Props, news: Props): boolean {
  const before = at(olds, path)
  const after = at(news, path)
  if (before === undefined && after === undefined) return false
  return hasUnknown(after) || !sameValue(version(path, before), version(path, after))
}

// Another version of the same group is the same object.
const version = (path: string, value: unknown): unknown =>
  path === 'apiVersion' && typeof value === 'string' && value.includes('/')
    ? value.split('/')[0]
    : value

const at = (props: Props, path: string): unknown =>
  path.split('.').reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), props)

/** `shape`, with the values that `live` has. */
export function pruneTo(shape: unknown, live: unknown): unknown {
  if (isObject(shape) && isObject(live))
    return Object.fromEntries(
      Object.entries(shape).flatMap(([key, member]) =>
        live[key] === undefined ? [] : [[key, pruneTo(member, live[key])]],
      ),
    )
  if (Array.isArray(shape) && Array.isArray(live) && shape.length === live.length)
    return shape.map((member: unknown, index) => pruneTo(member, live[index]))
  return live
}

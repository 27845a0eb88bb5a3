// The deployment as the state file holds it (checkpoint format 3) and the checks that the official CLI makes on it.
import { createHash } from 'node:crypto'
import type { Props } from '../values/props.ts'
import { officialVersion } from '../cli/official-version.ts'
import { seal, unseal, type Secrets } from './secrets.ts'
import { parseProviderRef } from './urn.ts'

/** One resource. Keys of newer engines that are not named here are carried through untouched. */
export type ResourceRecord = {
  urn: string
  custom: boolean
  delete?: boolean
  id?: string
  type: string
  inputs?: Props
  outputs?: Props
  parent?: string
  protect?: boolean
  external?: boolean
  dependencies?: string[]
  initErrors?: string[]
  provider?: string
  propertyDependencies?: Record<string, string[]>
  pendingReplacement?: boolean
  additionalSecretOutputs?: string[]
  aliases?: string[]
  customTimeouts?: Timeouts
  importID?: string
  retainOnDelete?: boolean
  deletedWith?: string
  created?: string
  modified?: string
  ignoreChanges?: string[]
  replaceOnChanges?: string[]
}

/** Seconds. */
export type Timeouts = { create?: number; update?: number; delete?: number; read?: number }

export type PendingType = 'creating' | 'updating' | 'deleting' | 'reading' | 'importing'
export type PendingOperation = { resource: ResourceRecord; type: PendingType }
export type State = { resources: ResourceRecord[]; pending: PendingOperation[] }

export type Deployment = {
  manifest: { time: string; magic: string; version: string }
  secrets_providers?: { type: string; state?: { salt?: string } }
  resources?: Props[]
  pending_operations?: { resource: Props; type: string }[]
  metadata?: Props
}

const keyOrder = [
  'urn',
  'custom',
  'delete',
  'id',
  'type',
  'inputs',
  'outputs',
  'parent',
  'protect',
  'taint',
  'external',
  'dependencies',
  'initErrors',
  'provider',
  'propertyDependencies',
  'pendingReplacement',
  'additionalSecretOutputs',
  'aliases',
  'customTimeouts',
  'importID',
  'retainOnDelete',
  'deletedWith',
  'replaceWith',
  'created',
  'modified',
]
const keptWhenEmpty = new Set(['urn', 'custom', 'type'])
/** What this engine would get wrong if it went on. */
const refused = ['taint', 'viewOf', 'extensionRef']
const manifestVersion = `v${officialVersion}-embedded.1`

export function writeDeployment(state: State, secrets: Secrets): Deployment {
  const magic = createHash('sha256').update(manifestVersion).digest('hex')
  const deployment: Deployment = {
    manifest: { time: new Date().toISOString(), magic, version: manifestVersion },
    secrets_providers: { type: 'passphrase', state: { salt: secrets.salt } },
    metadata: {},
  }
  if (state.resources.length > 0) {
    deployment.resources = state.resources.map((record) => writeRecord(record, secrets))
  }
  if (state.pending.length > 0) {
    deployment.pending_operations = state.pending.map(({ resource, type }) => ({
      resource: writeRecord(resource, secrets),
      type,
    }))
  }
  return deployment
}

function writeRecord(record: ResourceRecord, secrets: Secrets): Props {
  const values: Props = record
  const keys = [...keyOrder, ...Object.keys(values).filter((key) => !keyOrder.includes(key))]
  const written: Props = {}
  for (const key of keys) {
    const value = values[key]
    if (keptWhenEmpty.has(key) || !isLeftOut(value)) written[key] = seal(value, secrets)
  }
  return written
}

export function isLeftOut(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true
  return typeof value === 'object' && Object.keys(value).length === 0
}

export function readDeployment(deployment: Deployment, secrets: Secrets | undefined): State {
  const resources = (deployment.resources ?? []).map((record) => readRecord(record, secrets))
  const pending = (deployment.pending_operations ?? []).map((operation) => ({
    resource: readRecord(operation.resource, secrets),
    // The official engine writes no other types; an unknown one is carried through.
    type: operation.type as PendingType,
  }))
  verifyOrder(resources)
  return { resources, pending }
}

function readRecord(record: Props, secrets: Secrets | undefined): ResourceRecord {
  if (typeof record['urn'] !== 'string' || typeof record['type'] !== 'string') {
    throw new Error('the state holds a resource without URN or type')
  }
  for (const key of refused) {
    if (!isLeftOut(record[key])) {
      throw new Error(
        `${record['urn']}: the embedded engine does not know "${key}"; use the official Pulumi CLI`,
      )
    }
  }
  // urn and type are proven above; the rest is as an engine wrote it, and every reader takes a missing key.
  return unseal(record, secrets) as ResourceRecord
}

/** What a resource refers to must stand before it: the official CLI refuses to read anything else. */
export function verifyOrder(resources: readonly ResourceRecord[]): void {
  const seen = new Set<string>()
  const providers = new Set<string>()
  for (const record of resources) {
    for (const urn of referencesOf(record)) {
      if (!seen.has(urn))
        throw new Error(`${record.urn} refers to ${urn}, which is not before it in the state`)
    }
    if (record.provider && !record.pendingReplacement && !providers.has(record.provider)) {
      const { urn } = parseProviderRef(record.provider)
      throw new Error(
        `${record.urn} refers to provider ${urn}, which is not before it in the state`,
      )
    }
    seen.add(record.urn)
    providers.add(`${record.urn}::${record.id ?? ''}`)
  }
}

/** URNs that must be made before this resource and deleted after it; its provider apart. */
export function referencesOf(record: ResourceRecord): Set<string> {
  const urns = new Set(record.dependencies ?? [])
  if (record.parent) urns.add(record.parent)
  if (record.deletedWith) urns.add(record.deletedWith)
  for (const list of Object.values(record.propertyDependencies ?? {}))
    for (const urn of list) urns.add(urn)
  return urns
}

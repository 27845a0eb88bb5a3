// Applies YAML files through the API, as `kubectl apply --server-side` does: for the sandbox, the demo and tests.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { loadAll } from 'js-yaml'
import {
  core,
  isNotFound,
  type Kind,
  type Kube,
  type Manifest,
} from '../../operator/framework/index.ts'
import { policiesInForce } from './kubernetes/policies.ts'
import { waitFor } from './machine/wait.ts'

export const repository = new URL('../../', import.meta.url).pathname

/** The product's TenantCluster unless another is given, and the policies that stand beside it. */
export async function defineTenantClusters(kube: Kube, definition?: Manifest): Promise<void> {
  if (definition) await applyAll(kube, [definition])
  else await applyFiles(kube, 'crds/tenantclusters.yaml')
  await applyFiles(kube, 'crds/deletion-protection.yaml', 'crds/values-limit.yaml')
}

/** Paths count from the repository. */
export async function applyFiles(kube: Kube, ...paths: string[]): Promise<void> {
  const texts = await Promise.all(paths.map((path) => readFile(resolve(repository, path), 'utf8')))
  await applyAll(
    kube,
    texts.flatMap((text) => loadAll(text) as Manifest[]),
  )
}

/**
 * Resolves when they have taken effect. Plural names are asked of the API server, so any kind can be applied, also one defined
 * a moment ago.
 */
export async function applyAll(kube: Kube, objects: readonly Manifest[]): Promise<void> {
  for (const object of objects) {
    if (object.kind === 'Pod') await canRunPods(kube, object)
    await kube.apply(await served(kube, object), object, { fieldManager: 'kubectl', force: true })
    if (object.kind === 'CustomResourceDefinition') await isServed(kube, object)
  }
  if (objects.some(({ kind }) => kind === 'ValidatingAdmissionPolicyBinding'))
    await policiesInForce(kube)
}

const timeoutMs = 30_000

const served = async (kube: Kube, object: Manifest): Promise<Kind> =>
  await waitFor(() => kindOf(kube, object), {
    what: `${object.apiVersion ?? 'v1'} ${object.kind ?? ''} is served`,
    timeoutMs,
  })

/** Discovery names a kind a moment before its objects are served. */
async function isServed(kube: Kube, definition: Manifest): Promise<void> {
  const { group, versions, names } = definition['spec'] as DefinitionSpec // of a CRD
  const served = versions.filter((version) => version.served)
  const paths = served.map(({ name }) => `/apis/${group}/${name}/${names.plural}?limit=1`)
  await waitFor(
    async () => (await Promise.all(paths.map((path) => found(kube, path)))).every(Boolean),
    {
      what: `${names.plural}.${group} are served`,
      timeoutMs,
    },
  )
}

type DefinitionSpec = {
  group: string
  names: { plural: string }
  versions: { name: string; served: boolean }[]
}

/** The API server refuses a pod of a namespace whose default ServiceAccount was not made yet. */
async function canRunPods(kube: Kube, { metadata: { namespace = 'default' } }: Manifest) {
  await waitFor(() => kube.get(core.serviceAccount, 'default', namespace), {
    what: `namespace ${namespace} has its default ServiceAccount`,
    timeoutMs,
  })
}

type ResourceList = { resources: { name: string; kind: string; namespaced: boolean }[] }

async function kindOf(kube: Kube, object: Manifest): Promise<Kind | undefined> {
  const { apiVersion = 'v1' } = object
  const [version = 'v1', group = ''] = apiVersion.split('/').reverse()
  const path = group === '' ? `/api/${version}` : `/apis/${apiVersion}`
  const list = (await found(kube, path)) as ResourceList | undefined
  const resource = list?.resources.find(
    ({ kind, name }) => kind === object.kind && !name.includes('/'),
  )
  if (!resource) return undefined
  const { kind, name: plural, namespaced } = resource
  return { group, version, kind, plural, namespaced }
}

const found = (kube: Kube, path: string): Promise<unknown> =>
  kube.request('GET', path).catch((error: unknown) => {
    if (!isNotFound(error)) throw error
    return undefined
  })

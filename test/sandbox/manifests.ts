// Applies YAML files through the API, as `kubectl apply --server-side` does: for the sandbox, the demo and tests.
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { loadAll } from 'js-yaml'
import { KubeError, type Kind, type Kube, type Manifest } from '../../operator/framework/index.ts'
import { waitFor } from './machine/wait.ts'

export const repository = new URL('../../', import.meta.url).pathname

/**
 * `path` counts from the repository. Plural names are asked of the API server, so any kind can be applied, also one
 * defined a moment ago.
 */
export async function applyFile(kube: Kube, path: string): Promise<Manifest[]> {
  const text = await readFile(resolve(repository, path), 'utf8')
  const objects = loadAll(text) as Manifest[]
  for (const object of objects) await applyObject(kube, object)
  return objects
}

export async function applyObject(kube: Kube, object: Manifest): Promise<void> {
  const kind = await waitFor(() => kindOf(kube, object), {
    what: `${object.apiVersion ?? 'v1'} ${object.kind ?? ''} is served`,
    timeoutMs: 30_000,
  })
  await kube.apply(kind, object, { fieldManager: 'kubectl', force: true })
}

type ResourceList = { resources: { name: string; kind: string; namespaced: boolean }[] }

async function kindOf(kube: Kube, object: Manifest): Promise<Kind | undefined> {
  const { apiVersion = 'v1' } = object
  const [version = 'v1', group = ''] = apiVersion.split('/').reverse()
  const path = group === '' ? `/api/${version}` : `/apis/${apiVersion}`
  const list = await kube.request('GET', path).catch((error: unknown) => {
    if (error instanceof KubeError && error.status === 404) return undefined
    throw error
  })
  const found = (list as ResourceList | undefined)?.resources.find(
    ({ kind, name }) => kind === object.kind && !name.includes('/'),
  )
  return (
    found && { group, version, kind: found.kind, plural: found.name, namespaced: found.namespaced }
  )
}

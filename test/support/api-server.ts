// An API server with the generated CRD and admission policy on it, for integration tests.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import { core, type Kind, type Kube, type Manifest } from '../../operator/framework/index.ts'
import { startTestPlane, type TestPlane } from './test-plane.ts'

const root = join(import.meta.dirname, '../..')

/** `dir` keeps its files and is the caller's to remove; without it there is one that goes with the server. */
export const startTestApi = (dir?: string): Promise<TestPlane> =>
  startTestPlane({
    ...(dir !== undefined && { dir }),
    async prepare(kube) {
      await applyFile(kube, 'crds/tenantclusters.yaml')
      await applyFile(kube, 'crds/deletion-protection.yaml')
      await established(kube)
    },
  })

const kinds: Record<string, Kind> = {
  CustomResourceDefinition: core.crd,
  ValidatingAdmissionPolicy: core.validatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding: core.validatingAdmissionPolicyBinding,
}

async function applyFile(kube: Kube, path: string) {
  for (const document of loadAll(await readFile(join(root, path), 'utf8'))) {
    const obj = document as Manifest & { kind: string } // a manifest that we generated
    const kind = kinds[obj.kind]
    if (!kind) throw new Error(`${path}: unexpected kind ${obj.kind}`)
    await kube.apply(kind, obj, { fieldManager: 'test', force: true })
  }
}

/** Waits until objects of the kind can be listed. */
async function established(kube: Kube) {
  const path = '/apis/cratekube.io/v1alpha1/tenantclusters'
  const deadline = Date.now() + 20_000
  for (;;) {
    try {
      await kube.request('GET', path)
      return
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

// An API server with the generated CRD and admission policy on it, for integration tests.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import {
  connect,
  core,
  kubeconfigCredentials,
  type Kind,
  type Kube,
  type Manifest,
} from '../../operator/framework/index.ts'
import { startControlPlane } from '../sandbox/management/control-plane.ts'

const root = join(import.meta.dirname, '../..')

export type TestApi = { kube: Kube; kubeconfig: string; stop(): Promise<void> }

/** `dir` keeps its files and is the caller's to remove; without it there is one that goes with the server. */
export async function startTestApi(dir?: string): Promise<TestApi> {
  const own = dir ?? (await mkdtemp(join(tmpdir(), 'cratekube-api-')))
  const plane = await startControlPlane({ root: own, name: 'api' })
  const kube = connect(kubeconfigCredentials(plane.kubeconfig))
  const stop = async () => {
    kube.close()
    await plane.stop()
    if (dir === undefined) await rm(own, { recursive: true, force: true })
  }
  try {
    await applyFile(kube, 'crds/tenantclusters.yaml')
    await applyFile(kube, 'crds/deletion-protection.yaml')
    await established(kube)
    return { kube, kubeconfig: plane.kubeconfig, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const kinds: Record<string, Kind> = {
  CustomResourceDefinition: core.crd,
  ValidatingAdmissionPolicy: core.validatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding: core.validatingAdmissionPolicyBinding,
}

async function applyFile(kube: Kube, path: string) {
  for (const document of parseAllDocuments(await readFile(join(root, path), 'utf8'))) {
    const obj = document.toJS() as Manifest & { kind: string } // a manifest that we generated
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

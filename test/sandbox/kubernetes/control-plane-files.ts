// Writes what a control plane reads: certificates, the service-account keys, kubeconfigs of its components.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyPair } from '../../../operator/framework/webhook/certificates.ts'
import { addressIn } from './control-plane-flags.ts'
import { kubeconfig } from './kubeconfig.ts'
import { createAuthority, createServiceAccountKeys } from './pki.ts'

export type ControlPlaneFiles = {
  readonly dir: string
  readonly name: string
  /** Where the control plane's own components reach the API server. */
  readonly localServer: string
  /** Further names and addresses by which the API server is called. */
  readonly serves: readonly string[]
  readonly serviceCidr: string
}

export type ControlPlaneCredentials = { readonly ca: string; readonly admin: KeyPair }

export async function writeControlPlaneFiles(
  o: ControlPlaneFiles,
): Promise<ControlPlaneCredentials> {
  await mkdir(o.dir, { recursive: true, mode: 0o700 })
  const authority = createAuthority(`${o.name}-ca`.slice(0, 60))
  const serviceAccounts = createServiceAccountKeys()
  const kubernetes = ['', '.default', '.default.svc', '.default.svc.cluster.local']
  const serves = [
    ...new Set([
      '127.0.0.1',
      'localhost',
      addressIn(o.serviceCidr, 1),
      ...o.serves,
      ...kubernetes.map((suffix) => `kubernetes${suffix}`),
    ]),
  ]
  const masters = 'system:masters'
  const apiserver = authority.issue({ commonName: 'kube-apiserver', serves })
  const kubeletClient = authority.issue({
    commonName: 'kube-apiserver-kubelet-client',
    organization: masters,
  })
  const admin = authority.issue({ commonName: 'sandbox-admin', organization: masters })
  const controllerManager = authority.issue({ commonName: 'system:kube-controller-manager' })
  const scheduler = authority.issue({ commonName: 'system:kube-scheduler' })
  const local = (user: KeyPair): string =>
    kubeconfig({ name: o.name, server: o.localServer, ca: authority.cert, user })
  await writeAll(o.dir, {
    'ca.crt': authority.cert,
    'ca.key': authority.key,
    'apiserver.crt': apiserver.cert,
    'apiserver.key': apiserver.key,
    'kubelet-client.crt': kubeletClient.cert,
    'kubelet-client.key': kubeletClient.key,
    'admin.crt': admin.cert,
    'admin.key': admin.key,
    'sa.key': serviceAccounts.privateKey,
    'sa.pub': serviceAccounts.publicKey,
    'controller-manager.kubeconfig': local(controllerManager),
    'scheduler.kubeconfig': local(scheduler),
  })
  return { ca: authority.cert, admin }
}

export async function writeAll(
  dir: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await Promise.all(
    Object.entries(files).map(([name, text]) => writeFile(join(dir, name), text, { mode: 0o600 })),
  )
}

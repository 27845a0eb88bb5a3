// A management cluster with the chart installed by Helm, an audit log of who asked for what, and kubeconfigs of the
// chart's own service accounts.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import {
  connect,
  core,
  kubeconfigCredentials,
  type Kube,
  type Manifest,
  secretText,
} from '../../../operator/framework/index.ts'
import { policiesInForce } from '../../sandbox/kubernetes/policies.ts'
import { startControlPlane } from '../../sandbox/management/control-plane.ts'
import { install, namespace, release } from '../../support/helm.ts'

export type Component = 'manager' | 'worker'
export type Asked = { verb: string; resource: string; code: number; uri: string }

export type Plane = {
  dir: string
  kube: Kube
  server: string
  ca: string
  kubeconfigPath: string
  /** A kubeconfig file of the component's service account. */
  kubeconfigOf(component: Component): Promise<string>
  /** A client with the component's identity and rights; the caller closes it. */
  as(component: Component | 'nobody'): Promise<Kube>
  /** Every request of the component that the API server has answered. */
  asked(component: Component): Promise<Asked[]>
  stop(): Promise<void>
}

/** The label of a namespace that may hold TenantClusters. */
export const optedIn = { 'cratekube.io/tenants': 'true' }

const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' }

/** `enforceOwners`: refuse an owner that the caller may not finalize. Off by default; there are clusters that have it on. */
export async function startPlane({ enforceOwners = true } = {}): Promise<Plane> {
  const dir = await mkdtemp(join(tmpdir(), 'cratekube-chart-'))
  const audit = { policy: join(dir, 'audit.yaml'), log: join(dir, 'audit.log') }
  await writeFile(audit.policy, dump(auditPolicy))
  const plane = await startControlPlane({
    root: dir,
    name: 'management',
    apiserverArgs: [
      `--audit-policy-file=${audit.policy}`,
      `--audit-log-path=${audit.log}`,
      ...(enforceOwners ? ['--enable-admission-plugins=OwnerReferencesPermissionEnforcement'] : []),
    ],
  })
  const kube = connect(kubeconfigCredentials(plane.kubeconfig))
  const stop = async () => {
    kube.close()
    await plane.stop()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await prepare(kube)
    await install(plane.kubeconfigPath)
    await policiesInForce(kube)
  } catch (error) {
    await stop()
    throw error
  }
  const { server, ca, kubeconfigPath } = plane
  return {
    dir,
    kube,
    server,
    ca,
    kubeconfigPath,
    stop,
    kubeconfigOf: async (component) => {
      const path = join(dir, `${component}.kubeconfig`)
      await writeFile(
        path,
        kubeconfigText({ server, ca }, await tokenOf(kube, `${release}-${component}`)),
      )
      return path
    },
    as: async (component) => {
      const account = component === 'nobody' ? 'default' : `${release}-${component}`
      return connect(
        kubeconfigCredentials(kubeconfigText({ server, ca }, await tokenOf(kube, account))),
      )
    },
    asked: async (component) => requestsOf(await readFile(audit.log, 'utf8'), component),
  }
}

const auditPolicy = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  // A watch is complete only when it ends; that it was granted is known when its response starts.
  omitStages: ['RequestReceived'],
  rules: [{ level: 'Metadata' }],
}

async function prepare(kube: Kube) {
  await kube.create(core.namespace, { metadata: { name: namespace, labels: restricted } })
  // As the controller manager would.
  await kube.create(core.serviceAccount, { metadata: { name: 'default', namespace } })
  const data = { passphrase: Buffer.from('a passphrase').toString('base64') }
  await kube.create(core.secret, { metadata: { name: 'cratekube-state', namespace }, data })
}

async function tokenOf(kube: Kube, account: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${account}/token`
  const answer = await kube.request('POST', path, { spec: { expirationSeconds: 3600 } })
  return (answer as { status: { token: string } }).status.token // a TokenRequest
}

export function kubeconfigText(
  { server, ca }: { server: string; ca: string },
  token: string,
): string {
  const certificate = Buffer.from(ca).toString('base64')
  return dump({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'it', cluster: { server, 'certificate-authority-data': certificate } }],
    users: [{ name: 'it', user: { token } }],
    contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
    'current-context': 'it',
  })
}

type AuditEvent = {
  verb: string
  requestURI: string
  user: { username: string }
  objectRef?: { resource?: string; subresource?: string }
  responseStatus?: { code: number }
}

function requestsOf(log: string, component: Component): Asked[] {
  const username = `system:serviceaccount:${namespace}:${release}-${component}`
  return log
    .split('\n')
    .slice(0, -1) // the last line may be half written
    .map((line) => JSON.parse(line) as AuditEvent) // audit.k8s.io/v1
    .filter(({ user }) => user.username === username)
    .map(({ verb, objectRef, responseStatus, requestURI }) => ({
      verb,
      resource: [objectRef?.resource, objectRef?.subresource].filter(Boolean).join('/'),
      code: responseStatus?.code ?? 0,
      uri: requestURI,
    }))
}

type EnvVar = {
  name: string
  value?: string
  valueFrom?: {
    secretKeyRef?: { name: string; key: string }
    fieldRef?: { fieldPath: string }
  }
}
type Deployment = { spec: { template: { spec: { containers: { env: EnvVar[] }[] } } } }

/** The environment that the kubelet would give to the component's container. */
export async function environmentOf(kube: Kube, component: Component) {
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/${release}-${component}`
  const deployment = (await kube.request('GET', path)) as Deployment // what is asked for
  const env: Record<string, string> = {}
  for (const { name, value, valueFrom } of deployment.spec.template.spec.containers[0]?.env ?? []) {
    const { secretKeyRef, fieldRef } = valueFrom ?? {}
    if (secretKeyRef) env[name] = await secretValue(kube, secretKeyRef)
    else if (fieldRef)
      env[name] = fieldRef.fieldPath.endsWith('space') ? namespace : `${component}-0`
    else env[name] = value ?? ''
  }
  return env
}

async function secretValue(kube: Kube, { name, key }: { name: string; key: string }) {
  const secret = await kube.get(core.secret, name, namespace)
  return secretText(secret)[key] ?? ''
}

/** Pods as the Deployments would make them. */
export const podOf = (deployment: Manifest): Manifest => {
  const { template } = deployment['spec'] as { template: { metadata: object; spec: object } } // a Deployment
  const metadata = { ...template.metadata, name: `${deployment.metadata.name}-0`, namespace }
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec: template.spec }
}

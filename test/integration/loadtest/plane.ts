// A control plane with the chart of the load-test operator on it, and the operator running in this process
// with the rights, and only the rights, that the chart gives it.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Registry } from 'prom-client'
import { expect, vi } from 'vitest'
import { parseAllDocuments } from 'yaml'
import type { LocustTestSpec, LocustTestStatus } from '../../../operator/api/locust-test.ts'
import { locustTest } from '../../../operator/api/locust-test.ts'
import {
  connect,
  core,
  kubeconfigCredentials,
  operator,
  type Kind,
  type Kube,
  type Manifest,
  type RequestRecord,
} from '../../../operator/framework/index.ts'
import { loadTestController } from '../../../operator/loadtest/index.ts'
import { scheduleController } from '../../../operator/loadtest/schedule/index.ts'
import { readSettings } from '../../../operator/loadtest/settings.ts'
import { startControlPlane, type ControlPlane } from '../../sandbox/management/control-plane.ts'
import { run } from '../../sandbox/machine/command.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { testLog } from '../../support/silent-log.ts'

const root = join(import.meta.dirname, '../../..')
export const operatorNamespace = 'cratekube-loadtest'
export const testKind: Kind<LocustTestSpec, LocustTestStatus> = locustTest

export type Plane = {
  kube: Kube
  kubeconfig: string
  control: ControlPlane
  /** For the files of a test; goes with the plane. */
  dir: string
  stop(): Promise<void>
}

/** `edit` sees what the chart renders before it is applied; without it the webhooks are off. */
export async function startPlane(edit?: (manifest: Manifest) => Manifest): Promise<Plane> {
  const dir = await mkdtemp(join(tmpdir(), 'cratekube-loadtest-'))
  const control = await startControlPlane({ root: dir, name: 'plane', controllerManager: true })
  const kube = connect(kubeconfigCredentials(control.kubeconfig))
  const stop = async () => {
    kube.close()
    await control.stop()
    await rm(dir, { recursive: true, force: true })
  }
  try {
    await installChart(kube, edit)
    return { kube, kubeconfig: control.kubeconfig, control, dir, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const chart = join(root, 'charts/cratekube-loadtest')

/** What helm template renders, as Pulumi installs it. */
export async function renderChart(...flags: string[]): Promise<Manifest[]> {
  const tools = await ensureTools(['helm'])
  const args = ['template', operatorNamespace, chart, '--include-crds', '-n', operatorNamespace]
  const text = await run(tools.path('helm'), [...args, ...flags])
  return parseAllDocuments(text).flatMap((document) => (document.toJS() as Manifest | null) ?? []) // helm's YAML
}

const kinds: Record<string, Kind> = {
  CustomResourceDefinition: core.crd,
  ServiceAccount: core.serviceAccount,
  ClusterRole: core.clusterRole,
  ClusterRoleBinding: core.clusterRoleBinding,
  Role: core.role,
  RoleBinding: core.roleBinding,
  Deployment: core.deployment,
  PodDisruptionBudget: core.podDisruptionBudget,
  Service: core.service,
  ConfigMap: core.configMap,
  ValidatingWebhookConfiguration: core.validatingWebhookConfiguration,
  ValidatingAdmissionPolicy: core.validatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding: core.validatingAdmissionPolicyBinding,
}

export async function installChart(
  kube: Kube,
  edit?: (manifest: Manifest) => Manifest,
): Promise<void> {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' }
  await kube.create(core.namespace, { metadata: { name: operatorNamespace, labels } })
  const flags = edit ? [] : ['--set', 'webhook.enabled=false']
  for (const rendered of await renderChart(...flags)) {
    const manifest = edit?.(rendered) ?? rendered
    const kind = kinds[manifest.kind ?? '']
    if (!kind) throw new Error(`the chart holds an unexpected ${manifest.kind}`)
    await kube.apply(kind, manifest, { fieldManager: 'helm' })
  }
  await eventually(() => kube.list(testKind))
}

export const eventually = <T>(check: () => Promise<T>, timeout = 30_000): Promise<T> =>
  vi.waitFor(check, { timeout, interval: 50 })

/** Has the rights, and only the rights, of the chart's ServiceAccount. */
export async function operatorToken({ kube }: Pick<Plane, 'kube'>): Promise<string> {
  const path = `/api/v1/namespaces/${operatorNamespace}/serviceaccounts/${operatorNamespace}/token`
  const answer = await kube.request('POST', path, { spec: { expirationSeconds: 3600 } })
  return (answer as { status: { token: string } }).status.token // a TokenRequest
}

export async function operatorClient(
  plane: Plane,
  onRequest?: (record: RequestRecord) => void,
): Promise<Kube> {
  const token = await operatorToken(plane)
  const { server, ca } = kubeconfigCredentials(plane.kubeconfig)
  return connect(
    { server, ...(ca && { ca }), token: () => Promise.resolve(token) },
    onRequest ? { onRequest } : {},
  )
}

export type RunningOperator = { requests: RequestRecord[]; stop(): Promise<void> }

export async function startOperator(
  plane: Plane,
  env: Record<string, string> = {},
  metrics?: Registry,
): Promise<RunningOperator> {
  const requests: RequestRecord[] = []
  const own = await operatorClient(plane, (record) => requests.push(record))
  const op = operator({ name: 'cratekube-loadtest', kube: own, log: testLog().log })
  const settings = readSettings({ METRICS_EXPORTER_ENABLED: 'false', ...env })
  scheduleController(op, {})
  loadTestController(op, { settings, access: 'direct', ...(metrics && { metrics }) })
  const ending = new AbortController()
  const ran = op.run({ signal: ending.signal })
  return {
    requests,
    async stop() {
      ending.abort(new Error('the test is over'))
      await ran
      own.close()
    },
  }
}

export const testSpec = (more: Partial<LocustTestSpec> = {}): LocustTestSpec => ({
  image: 'docker.io/locustio/locust:2.47.0',
  master: { command: '-f /lotest/src/locustfile.py --host http://shop' },
  worker: { command: '-f /lotest/src/locustfile.py', replicas: 2 },
  ...more,
})

export async function namespaceFor(kube: Kube, name: string): Promise<string> {
  await kube.create(core.namespace, { metadata: { name } })
  return name
}

export const apply = (kube: Kube, namespace: string, name: string, spec: LocustTestSpec) =>
  kube.apply(testKind, { metadata: { name, namespace }, spec }, { fieldManager: 'user' })

export const statusOf = async (kube: Kube, namespace: string, name: string) =>
  (await kube.get(testKind, name, namespace))?.status ?? {}

export async function untilStatus(
  kube: Kube,
  ref: { namespace: string; name: string },
  expected: object,
  timeoutMs?: number,
): Promise<LocustTestStatus> {
  return eventually(async () => {
    const status = await statusOf(kube, ref.namespace, ref.name)
    expect(status).toMatchObject(expected)
    return status
  }, timeoutMs)
}

export const condition = (type: string, status: string, reason: string) =>
  conditions([type, status, reason])

export const conditions = (...wanted: [type: string, status: string, reason: string][]) => ({
  conditions: expect.arrayContaining(
    wanted.map(([type, status, reason]) => expect.objectContaining({ type, status, reason })),
  ),
})

export async function recordedStats(): Promise<Record<string, unknown>> {
  const path = join(root, 'test/unit/loadtest/fixtures/stats-running.json')
  return JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown> // a recorded answer
}

// A control plane with the chart of the load-test operator on it, as Pulumi installs it.
import { join } from 'node:path'
import { core, type Kind, type Kube, type Manifest } from '../../../operator/framework/index.ts'
import { run } from '../../sandbox/machine/command.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { startTestPlane, type TestPlane } from '../test-plane.ts'
import { parseManifests } from '../helm.ts'
import { eventually, testKind } from './load-tests.ts'

const chart = join(import.meta.dirname, '../../../charts/cratekube-loadtest')
export const operatorNamespace = 'cratekube-loadtest'

type Edit = (manifest: Manifest) => Manifest

/** `edit` sees what the chart renders before it is applied; without it the webhooks are off. */
export const startPlane = (edit?: Edit): Promise<TestPlane> =>
  startTestPlane({ controllerManager: true, prepare: (kube) => installChart(kube, edit) })

export async function installChart(kube: Kube, edit?: Edit): Promise<void> {
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

/** What helm template renders. */
export async function renderChart(...flags: string[]): Promise<Manifest[]> {
  const tools = await ensureTools(['helm'])
  const args = ['template', operatorNamespace, chart, '--include-crds', '-n', operatorNamespace]
  const text = await run(tools.path('helm'), [...args, ...flags])
  return parseManifests(text)
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

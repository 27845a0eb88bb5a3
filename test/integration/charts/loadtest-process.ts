// The load-test operator as a process of its own, with the environment that the installed chart gives its container and the
// rights that it gives its ServiceAccount, and no more.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { core } from '../../../operator/framework/index.ts'
import { startDaemon, type Daemon } from '../../sandbox/machine/daemon.ts'
import type { TestPlane } from '../../support/test-plane.ts'
import { namespace, release } from './loadtest-chart.ts'
import { kubeconfigText } from './plane.ts'

/** `env` is laid over what the chart gives. */
export async function startChartOperator(
  { dir, control, kube }: TestPlane,
  env: Record<string, string> = {},
): Promise<Daemon> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${release}/token`
  const answer = await kube.request('POST', path, { spec: { expirationSeconds: 3600 } })
  const { token } = (answer as { status: { token: string } }).status // a TokenRequest
  const own = join(dir, 'operator.kubeconfig')
  await writeFile(own, kubeconfigText(control, token))
  const deployment = await kube.get(core.deployment, release, namespace)
  const given = deployment?.spec.template.spec?.containers[0]?.env ?? []
  const ofPod: Record<string, string> = {
    'metadata.namespace': namespace,
    'spec.serviceAccountName': deployment?.spec.template.spec?.serviceAccountName ?? '',
  }
  const ofChart = Object.fromEntries(
    given.map(({ name, value, valueFrom }) => [
      name,
      valueFrom ? (ofPod[valueFrom.fieldRef?.fieldPath ?? ''] ?? '') : (value ?? ''),
    ]),
  )
  return startDaemon({
    root: dir,
    name: 'operator',
    command: process.execPath,
    args: [join(import.meta.dirname, '../../../operator/bin/loadtest.ts')],
    env: { ...ofChart, KUBECONFIG: own, HEALTH_HOST: '127.0.0.1', HEALTH_PORT: '0', ...env },
  })
}

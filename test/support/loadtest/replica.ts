// Replicas of the load-test operator as processes, with the rights of the chart: to be killed and started again.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kubeconfigCredentials } from '../../../operator/framework/index.ts'
import { startDaemon, type Daemon } from '../../sandbox/machine/daemon.ts'
import type { TestPlane } from '../test-plane.ts'
import { operatorToken } from './operator.ts'
import { operatorNamespace } from './plane.ts'

const root = join(import.meta.dirname, '../../..')

type Options = {
  /** Whom it talks to instead of the API server. */
  server?: string
  env?: Record<string, string>
  /** The command that it is an argument of. */
  within?: string[]
}

/** Starts replicas by name. */
export async function replicas(
  plane: Pick<TestPlane, 'kube' | 'kubeconfig' | 'dir'>,
  o: Options = {},
): Promise<(name: string) => Daemon> {
  const { server, ca = '' } = kubeconfigCredentials(plane.kubeconfig)
  const token = await operatorToken(plane)
  const kubeconfig = join(plane.dir, `replica-${token.slice(-8)}.kubeconfig`)
  const named = (field: string, value: object) => [{ name: 'plane', [field]: value }]
  const config = {
    'current-context': 'plane',
    contexts: named('context', { cluster: 'plane', user: 'plane' }),
    clusters: named('cluster', {
      server: o.server ?? server,
      'certificate-authority-data': Buffer.from(ca).toString('base64'),
    }),
    users: named('user', { token }),
  }
  await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 })
  const env = {
    KUBECONFIG: kubeconfig,
    NODE_COMPILE_CACHE: join(plane.dir, 'compile-cache'),
    POD_NAMESPACE: operatorNamespace,
    HEALTH_HOST: '127.0.0.1',
    HEALTH_PORT: '0',
    METRICS_EXPORTER_ENABLED: 'false',
    ...o.env,
  }
  const program = [process.execPath, join(root, 'operator/bin/loadtest.ts')]
  const [command = '', ...args] = [...(o.within ?? []), ...program]
  return (name) => startDaemon({ root: plane.dir, name, command, args, env })
}

// Which cluster a program works on: what the command line says, then KUBECONFIG, the pod's own account, ~/.kube/config.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { KubeCredentials } from '../kube/credentials/credentials.ts'
import { ownClusterCredentials } from '../kube/credentials/own-cluster.ts'
import { UsageError, type RunPlan } from './command-line.ts'

export type Environment = { env: NodeJS.ProcessEnv; home: string }

export function clusterOf(
  { kubeconfig, context }: Pick<RunPlan, 'kubeconfig' | 'context'>,
  { env, home }: Environment,
): KubeCredentials {
  const file = kubeconfig ?? fromEnvironment(env) ?? (isPod(env) ? undefined : ownFile(home))
  if (!file && context) throw new UsageError('--context: expected a kubeconfig to take it from')
  if (file && !existsSync(file))
    throw new UsageError(`--kubeconfig: expected a file, got ${file}, which is not there`)
  return ownClusterCredentials({ kubeconfig: file, context, env })
}

const isPod = (env: NodeJS.ProcessEnv): boolean => Boolean(env['KUBERNETES_SERVICE_HOST'])

/** kubectl merges several; half of them would be another cluster than the one that is meant. */
function fromEnvironment({ KUBECONFIG: value }: NodeJS.ProcessEnv): string | undefined {
  if (value?.includes(delimiter))
    throw new UsageError(`KUBECONFIG: expected one file, got ${value}; --kubeconfig names one`)
  return value || undefined
}

function ownFile(home: string): string {
  const file = join(home, '.kube/config')
  if (existsSync(file)) return file
  throw new UsageError(
    `--kubeconfig: expected a cluster; there is no KUBECONFIG, no pod's account and no ${file}`,
  )
}

// The chart of CrateKube as Helm renders, checks and installs it.
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import type { Manifest } from '../../operator/framework/index.ts'
import { run } from '../sandbox/machine/command.ts'
import { ensureTools } from '../sandbox/tools/ensure.ts'

const root = join(import.meta.dirname, '../..')
export const chart = join(root, 'charts/cratekube')
export const release = 'cratekube'
export const namespace = 'cratekube-system'

/** Runs helm; `kubeconfig` for what needs a cluster. */
export async function helm(args: string[], kubeconfig = '/dev/null'): Promise<string> {
  const tools = await ensureTools(['helm'])
  const env = { ...process.env, KUBECONFIG: kubeconfig }
  return run(tools.path('helm'), args, { env })
}

export const setFlags = (values: Record<string, unknown>): string[] =>
  Object.entries(values).flatMap(([path, value]) => [
    '--set-json',
    `${path}=${JSON.stringify(value)}`,
  ])

export const template = (values: Record<string, unknown> = {}): Promise<string> =>
  helm(['template', release, chart, '--namespace', namespace, ...setFlags(values)])

export const parseManifests = (text: string): Manifest[] =>
  loadAll(text).flatMap((document) => (document as Manifest | null) ?? []) // Helm's YAML

export const install = (kubeconfig: string, values: Record<string, unknown> = {}) =>
  helm(['install', release, chart, '--namespace', namespace, ...setFlags(values)], kubeconfig)

export const upgrade = (kubeconfig: string, values: Record<string, unknown> = {}) =>
  helm(['upgrade', release, chart, '--namespace', namespace, ...setFlags(values)], kubeconfig)

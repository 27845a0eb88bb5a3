// Whom the kubernetes provider talks to: from its configuration, else the ambient kubeconfig; and what kinds it finds there.
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import {
  type Kind,
  type Kube,
  KubeError,
  connect,
  kubeconfigCredentials,
} from '../../../../operator/framework/index.ts'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { plainProps, textOf } from '../values.ts'

export type Settings = {
  kubeconfig: string
  context?: string
  /** For namespaced objects that name none. */
  namespace: string
  pollMs: number
  deleteUnreachable: boolean
  immutableConfig: boolean
  immutableSecrets: boolean
  patchForce: boolean
  upsert: boolean
}

type Env = Record<string, string | undefined>

export function settingsOf(config: Props, env: Env): Settings {
  const inputs = plainProps(config)
  const context = inputs['context']
  const isSet = (name: string) => textOf(inputs[name]) === 'true'
  return {
    kubeconfig: kubeconfigText(inputs['kubeconfig'], env),
    ...(typeof context === 'string' && context !== '' ? { context } : {}),
    namespace: typeof inputs['namespace'] === 'string' ? inputs['namespace'] : 'default',
    pollMs: Number(env['CRATEKUBE_POLL_MS'] ?? 200),
    deleteUnreachable:
      isSet('deleteUnreachable') || env['PULUMI_K8S_DELETE_UNREACHABLE'] === 'true',
    immutableConfig: !isSet('enableConfigMapMutable'),
    immutableSecrets: !isSet('enableSecretMutable'),
    patchForce: isSet('enablePatchForce'),
    upsert: isSet('upsertExistingObjects') || env['PULUMI_K8S_UPSERT_EXISTING_OBJECTS'] === 'true',
  }
}

/** Content, a path, or nothing: then the file that kubectl would take. */
function kubeconfigText(given: unknown, env: Env): string {
  if (typeof given === 'string' && given !== '')
    return /[\n{]/.test(given) ? given : readFileSync(given, 'utf8')
  if (given !== undefined && given !== '') return JSON.stringify(given)
  const ambient = env['KUBECONFIG']?.split(path.delimiter).find((file) => file !== '')
  return readFileSync(ambient ?? path.join(homedir(), '.kube', 'config'), 'utf8')
}

type ApiResource = { name: string; kind: string; namespaced: boolean }

export class Session {
  readonly kube: Kube
  readonly settings: Settings
  readonly #kinds = new Map<string, Promise<Kind[]>>()
  constructor(settings: Settings) {
    this.settings = settings
    const { kubeconfig, context } = settings
    this.kube = connect(kubeconfigCredentials(kubeconfig, { context, env: process.env }), {
      userAgent: 'pulumi-kubernetes/4.34.2',
    })
  }

  /** Undefined when the API server does not serve it, or not yet: its CRD may be on the way. */
  async kindOf(apiVersion: string, kind: string): Promise<Kind | undefined> {
    const known = (await this.#serverKinds(apiVersion)).find((found) => found.kind === kind)
    if (!known) this.#kinds.delete(apiVersion)
    return known
  }

  #serverKinds(apiVersion: string): Promise<Kind[]> {
    const cached = this.#kinds.get(apiVersion)
    if (cached) return cached
    const asked = this.#discover(apiVersion).catch((error: unknown) => {
      this.#kinds.delete(apiVersion)
      throw error
    })
    this.#kinds.set(apiVersion, asked)
    return asked
  }

  async #discover(apiVersion: string): Promise<Kind[]> {
    const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
    const at = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
    try {
      const answer = (await this.kube.request('GET', at)) as { resources?: ApiResource[] } // APIResourceList
      return (answer.resources ?? [])
        .filter((resource) => !resource.name.includes('/'))
        .map(({ name, kind, namespaced }) => ({
          group: group ?? '',
          version: version ?? '',
          kind,
          plural: name,
          namespaced,
        }))
    } catch (error) {
      if (error instanceof KubeError && error.status === 404) return []
      throw error
    }
  }

  close(): void {
    this.kube.close()
  }
}

/** No answer at all, as opposed to a refusal. */
export const isUnreachable = (error: unknown): boolean =>
  error instanceof KubeError ? error.status === 0 : false

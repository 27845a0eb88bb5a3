// kubeconfig text with everything inside, so that a file can be copied anywhere.
import type { KeyPair } from '../../../operator/framework/webhook/certificates.ts'

export type KubeconfigOptions = {
  readonly name: string
  readonly server: string
  readonly ca: string
  readonly user: KeyPair
}

export function kubeconfig(o: KubeconfigOptions): string {
  const name = JSON.stringify(o.name) // a cluster may be called n, on or 1
  const base64 = (text: string): string => Buffer.from(text).toString('base64')
  return `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster:
    server: ${o.server}
    certificate-authority-data: ${base64(o.ca)}
users:
- name: ${name}
  user:
    client-certificate-data: ${base64(o.user.cert)}
    client-key-data: ${base64(o.user.key)}
contexts:
- name: ${name}
  context:
    cluster: ${name}
    user: ${name}
current-context: ${name}
`
}

/** What a kubeconfig says that was written above, but for its name. */
export function readKubeconfig(text: string): Omit<KubeconfigOptions, 'name'> {
  const field = (name: string): string => {
    const value = new RegExp(`${name}: (\\S+)`).exec(text)?.[1]
    if (value === undefined) throw new Error(`the kubeconfig has no ${name}`)
    return value
  }
  const data = (name: string): string => Buffer.from(field(`${name}-data`), 'base64').toString()
  return {
    server: field('server'),
    ca: data('certificate-authority'),
    user: { cert: data('client-certificate'), key: data('client-key') },
  }
}

/** What the API server reads to know where to ask about tokens; kubeconfig-shaped. */
export function webhookConfig(url: string): string {
  return `apiVersion: v1
kind: Config
clusters:
- name: cloud
  cluster:
    server: ${url}
users:
- name: apiserver
  user: {}
contexts:
- name: cloud
  context:
    cluster: cloud
    user: apiserver
current-context: cloud
`
}

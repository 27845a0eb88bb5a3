// Credentials from the text of a kubeconfig.
import type { KubeCredentials } from './credentials.ts'

export function kubeconfigCredentials(_text: string, _context?: string): KubeCredentials {
  throw new Error('being built')
}

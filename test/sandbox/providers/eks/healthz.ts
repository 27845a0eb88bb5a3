// Waits until a new API server answers, as @pulumi/eks does before it hands out the kubeconfig.
import { request } from 'node:https'
import { waitUntil } from '../wait.ts'

export async function answers(endpoint: string): Promise<void> {
  // RFC 2606: a cloud double without clusters behind it names them so, and there is nothing to wait for.
  if (new URL(endpoint).hostname.endsWith('.invalid')) return
  await waitUntil(async () => ((await isHealthy(endpoint)) ? true : undefined), {
    what: `${endpoint}/healthz to answer`,
    timeoutMs: 300_000,
    pollMs: Number(process.env['CRATEKUBE_POLL_MS'] ?? 200),
    signal: new AbortController().signal,
  })
}

function isHealthy(endpoint: string): Promise<boolean> {
  return new Promise((resolve) => {
    // Who it is does not matter yet: only that it answers. 401 is an answer, too.
    const asked = request(`${endpoint}/healthz`, { rejectUnauthorized: false, timeout: 5000 })
    asked.once('response', (response) => {
      response.resume()
      resolve((response.statusCode ?? 500) < 500)
    })
    asked.once('timeout', () => asked.destroy(new Error('timeout')))
    asked.once('error', () => resolve(false))
    asked.end()
  })
}

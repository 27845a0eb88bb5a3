// Asks the Locust master of a test: its statistics over HTTP while it runs, its log once it has ended.
import type { Kube } from '../../framework/index.ts'
import { core, http, KubeError, pathOf } from '../../framework/index.ts'
import { ports } from '../pods/names.ts'
import type { Stats } from './stats.ts'
import { parseStats } from './stats.ts'
import type { Summary } from './summary.ts'
import { parseSummary } from './summary.ts'

export type PodRef = { namespace: string; name: string; container: string }
/** How the master is reached: at the pod's address, or through the API server where that is not routed. */
export type MasterAccess = 'direct' | 'proxy'

const longestAnswer = 4 * 1024 * 1024
const longestLog = 1_000_000
const timeoutMs = 3_000

/** undefined when the master does not answer: it starts, ends, or runs without a web UI. */
export async function readStats(
  o: { kube: Kube; access: MasterAccess; signal: AbortSignal },
  pod: PodRef & { address: string | undefined },
): Promise<Stats | undefined> {
  try {
    return parseStats(o.access === 'proxy' ? await viaProxy(o, pod) : await direct(o.signal, pod))
  } catch (error) {
    if (o.signal.aborted) throw error
    return undefined // not an error of the test: the condition WorkersConnected says that nothing is known
  }
}

const viaProxy = (o: { kube: Kube; signal: AbortSignal }, pod: PodRef) => {
  const path = pathOf(core.pod, { namespace: pod.namespace, name: `${pod.name}:${ports.web}` })
  return o.kube.request('GET', `${path}/proxy/stats/requests`, undefined, {
    timeoutMs,
    maxAnswerBytes: longestAnswer,
    signal: o.signal,
  })
}

function direct(signal: AbortSignal, { address }: { address: string | undefined }) {
  if (!address) return Promise.resolve(undefined)
  const host = address.includes(':') ? `[${address}]` : address
  return new Promise<unknown>((resolve, reject) => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
    const url = `http://${host}:${ports.web}/stats/requests`
    const request = http.get(url, { signal: limit, agent: false }, (answer) => {
      let text = ''
      answer.setEncoding('utf8')
      answer.on('data', (piece: string) => {
        text += piece
        if (text.length > longestAnswer) request.destroy(new Error('statistics too large'))
      })
      answer.on('error', reject)
      answer.on('end', () => {
        try {
          resolve(JSON.parse(text))
        } catch (error) {
          reject(error as Error) // JSON.parse throws SyntaxError only
        }
      })
    })
    request.on('error', reject)
  })
}

/**
 * undefined when the pod or its log is gone, or holds no summary. Throws a KubeError when it cannot be read now; not
 * when `impatient`, since the node of the pod may never answer.
 */
export async function readSummary(
  o: { kube: Kube; signal: AbortSignal; impatient: boolean },
  pod: PodRef,
): Promise<Summary | undefined> {
  const path = pathOf(core.pod, { ...pod, subresource: 'log' })
  const query = { container: pod.container, tailLines: 3000, limitBytes: longestLog }
  const call = {
    query,
    as: 'text',
    timeoutMs: 10_000,
    // The kubelet of the pod's node is asked for no more, and believed no more.
    maxAnswerBytes: 2 * longestLog,
    signal: o.signal,
  } as const
  try {
    const log = await o.kube.request('GET', path, undefined, call)
    return typeof log === 'string' ? parseSummary(log) : undefined
  } catch (error) {
    if (!(error instanceof KubeError)) throw error
    const gone = error.status >= 400 && error.status < 500
    if (!gone && !o.impatient) throw error
    return undefined // the last live figures stand
  }
}

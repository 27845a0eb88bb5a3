// Where API servers ask who a token belongs to: one path of the front for each cluster. Clusters in network namespaces of their
// own reach it through a relay that their backend provides.
import { jsonReply } from '../call.ts'
import type { Reply } from '../call.ts'
import type { Cluster } from '../eks/state.ts'

export const webhookPath = (cluster: Cluster) => `/clusters/${cluster.backendName}/authenticate`

/** Undefined when the request is none of ours. */
export async function answerWebhook(
  request: { url: string; body: Buffer },
  clusters: Cluster[],
  review: (cluster: Cluster, body: string) => Promise<object>,
): Promise<Reply | undefined> {
  const path = request.url.split('?')[0]
  const cluster = clusters.find((candidate) => webhookPath(candidate) === path)
  return cluster && jsonReply(await review(cluster, request.body.toString('utf8')))
}

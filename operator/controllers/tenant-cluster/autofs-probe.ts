// Why AutoFS's probe is not ready: what a pod of it, which uses the maps as any consumer would, said last.
import { probeName, probeNamespace } from '../../api/tenant-objects.ts'
import { core, KubeError, type Kube } from '../../framework/index.ts'

/** Reading a log goes through the kubelet of its node; one that does not answer must not hold up the rest. */
const logTimeoutMs = 3_000

/** Such as `map builds, key tools: No such file or directory (on node a)`; undefined when no pod has a say. */
export async function probeComplaint(kube: Kube, signal: AbortSignal): Promise<string | undefined> {
  const { items } = await kube.list(core.pod, {
    namespace: probeNamespace,
    labelSelector: `app.kubernetes.io/name=${probeName}`,
    signal,
  })
  const unready = items
    .filter(
      ({ metadata, status }) => !metadata.deletionTimestamp && running(status) && !ready(status),
    )
    .toSorted((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1))
  for (const { metadata, spec } of unready.slice(0, 2)) {
    const said = await lastComplaint(kube, metadata.name, signal)
    if (said !== undefined) return `${said} (on node ${spec.nodeName})`
  }
  return undefined
}

type Status =
  | { containerStatuses?: { ready: boolean; state?: { running?: unknown } }[] }
  | undefined

const ready = (status: Status) => status?.containerStatuses?.every((c) => c.ready) ?? false
const running = (status: Status) =>
  status?.containerStatuses?.some((c) => c.state?.running) ?? false

async function lastComplaint(
  kube: Kube,
  pod: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${probeNamespace}/pods/${pod}/log`
  const query = { tailLines: 1, limitBytes: 1_000 }
  try {
    const options = { as: 'text', query, timeoutMs: logTimeoutMs, signal } as const
    const text = await kube.request('GET', path, undefined, options)
    return /^failed: (.*)$/m.exec(String(text))?.[1]
  } catch (error) {
    if (!(error instanceof KubeError) || signal.aborted) throw error
    return undefined // the node or the pod is away: the DaemonSet's numbers tell that
  }
}

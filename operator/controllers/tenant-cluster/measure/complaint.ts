// Why the probe of an add-on is not ready: what a pod of it, which uses the add-on as any consumer would, said last.
import type { AddonProbe } from '../../../addons/contract.ts'
import { clipped, core, KubeError, type TenantKube } from '../../../framework/index.ts'

/** Reading a log goes through the kubelet of its node; one that does not answer must not hold up the rest. */
const logTimeoutMs = 3_000
/** So many pods are asked, the same ones each time. */
const asked = 2
const longestComplaint = 500

/** Such as `map builds, key tools: No such file or directory (on node a)`; undefined when no pod has a say. */
export async function complaintOf(
  probe: AddonProbe,
  kube: TenantKube,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { namespace } = probe
  for (const { name, node } of await unreadyPods(probe, kube, signal)) {
    const said = await lastComplaint({ name, namespace }, kube, signal)
    if (said !== undefined) return clipped(`${said} (on node ${node})`, longestComplaint)
  }
  return undefined
}

async function unreadyPods({ namespace, name }: AddonProbe, kube: TenantKube, signal: AbortSignal) {
  const place = { namespace, labelSelector: `app.kubernetes.io/name=${name}` }
  let first: { name: string; node: string | undefined }[] = []
  for await (const pods of kube.pages(core.pod, { ...place, signal })) {
    const unready = pods
      .filter(
        ({ metadata, status }) => !metadata.deletionTimestamp && running(status) && !ready(status),
      )
      .map(({ metadata, spec }) => ({ name: metadata.name, node: spec.nodeName }))
    first = [...first, ...unready].toSorted((a, b) => (a.name < b.name ? -1 : 1)).slice(0, asked)
  }
  return first
}

type Status =
  | { containerStatuses?: { ready: boolean; state?: { running?: unknown } }[] }
  | undefined

const ready = (status: Status) => status?.containerStatuses?.every((c) => c.ready) ?? false
const running = (status: Status) =>
  status?.containerStatuses?.some((c) => c.state?.running) ?? false

async function lastComplaint(
  pod: { name: string; namespace: string },
  kube: TenantKube,
  signal: AbortSignal,
): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${pod.namespace}/pods/${pod.name}/log`
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

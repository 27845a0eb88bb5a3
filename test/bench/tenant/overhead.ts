// overheadSeconds: how long a tenant took from apply to Ready, less the time in which the cloud was at work.
// Counted as the cloud's work, overlaps once: a resource in a transitional state (cluster, node group with its nodes
// joining, add-on, NAT gateway, file system, mount target); a request that the double is answering; and a pod that the
// tenant's nodes are starting (from its creation to Ready, in whole seconds, as Kubernetes writes them).
// All else is CrateKube's: its queue, its programs and steps, its polls. Manager and worker run before the apply.
import {
  connect,
  core,
  kubeconfigCredentials,
  secretText,
} from '../../../operator/framework/index.ts'
import type { WorkSpan } from '../../sandbox/aws/clock.ts'
import type { LoggedCall } from '../../sandbox/aws/call-log.ts'
import { readyTenant, type ReadyTenant } from './ready-tenant.ts'
import { say, seconds, type Figures } from '../say.ts'

export async function measureOverhead(): Promise<Figures[]> {
  await using ready = await readyTenant()
  const { appliedAt, readyAt, sandbox } = ready
  const ask = async <T>(what: string) =>
    (await (await fetch(`${sandbox.aws.endpoint}/_sandbox/${what}`)).json()) as T // the double's own answers
  const changing = await ask<WorkSpan[]>('work')
  const calls = await ask<LoggedCall[]>('calls')
  const answering = calls.map(({ at, ms }) => ({ from: Date.parse(at) - ms, to: Date.parse(at) }))
  const starting = await podStarts(ready)
  const within = { from: appliedAt, to: readyAt }
  const cloudMs = coveredMs([...changing, ...answering, ...starting], within)
  const totalMs = readyAt - appliedAt
  say(`${seconds(totalMs)} s to Ready, ${seconds(cloudMs)} s of them the cloud's`)
  const parts = { changing, answering, starting }
  for (const [what, spans] of Object.entries(parts)) {
    say(`${what}: ${seconds(coveredMs(spans, within))} s`)
  }
  return [{ name: 'overhead', overheadSeconds: seconds(totalMs - cloudMs) }]
}

async function podStarts({ cratekube, tenant }: ReadyTenant): Promise<WorkSpan[]> {
  const { name = '', key = '' } = tenant.status?.kubeconfigSecretRef ?? {}
  const secret = await cratekube.kube.get(core.secret, name, tenant.metadata.namespace)
  const text = secretText(secret)[key] ?? ''
  const kube = connect(kubeconfigCredentials(text))
  try {
    return (await kube.list(core.pod)).items.flatMap(({ metadata, status }) => {
      const ready = status?.conditions?.find((c) => c.type === 'Ready' && c.status === 'True')
      const from = Date.parse(metadata.creationTimestamp ?? '')
      return ready?.lastTransitionTime ? [{ from, to: Date.parse(ready.lastTransitionTime) }] : []
    })
  } finally {
    kube.close()
  }
}

/** Length of the union of the spans inside the window. */
export function coveredMs(spans: readonly WorkSpan[], window: WorkSpan): number {
  let covered = 0
  let reached = window.from
  for (const { from, to } of spans.toSorted((a, b) => a.from - b.from)) {
    const end = Math.min(to, window.to)
    covered += Math.max(0, end - Math.max(from, reached))
    reached = Math.max(reached, end)
  }
  return covered
}

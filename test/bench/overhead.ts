// overheadSeconds: how long a tenant took from apply to Ready, less the time in which the cloud was at work.
// Counted as the cloud's work, overlaps once: a resource in a transitional state (cluster, node group with its nodes
// joining, add-on, NAT gateway, file system, mount target) and a request that the double is answering.
// All else is CrateKube's: its queue, its programs, its polls, and the start of the add-ons' pods.
import type { WorkSpan } from '../sandbox/aws/clock.ts'
import type { LoggedCall } from '../sandbox/aws/call-log.ts'
import type { Figures } from './index.ts'
import { readyTenant } from './ready-tenant.ts'
import { say, seconds } from './say.ts'

export async function measureOverhead(): Promise<Figures[]> {
  await using ready = await readyTenant()
  const { appliedAt, readyAt, sandbox } = ready
  const ask = async <T>(what: string) =>
    (await (await fetch(`${sandbox.aws.endpoint}/_sandbox/${what}`)).json()) as T // the double's own answers
  const changing = await ask<WorkSpan[]>('work')
  const calls = await ask<LoggedCall[]>('calls')
  const answering = calls.map(({ at, ms }) => ({ from: Date.parse(at) - ms, to: Date.parse(at) }))
  const within = { from: appliedAt, to: readyAt }
  const cloudMs = coveredMs([...changing, ...answering], within)
  const totalMs = readyAt - appliedAt
  say(`${seconds(totalMs)} s to Ready, ${seconds(cloudMs)} s of them the cloud's`)
  say(`of that ${seconds(coveredMs(changing, within))} s resources changing`)
  return [{ name: 'overhead', overheadSeconds: seconds(totalMs - cloudMs) }]
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

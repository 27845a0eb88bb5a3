// The LocustSchedule controller: begins LocustTests at their times, keeps as many of them as the limits say.
import type { LocustScheduleSpec, LocustScheduleStatus } from '../../api/locust/locust-schedule.ts'
import { locustSchedule } from '../../api/locust/locust-schedule.ts'
import { locustTest } from '../../api/locust/locust-test.ts'
import type { Cache, Context, Kind, Operator, Outcome } from '../../framework/index.ts'
import {
  again,
  apiVersionOf,
  controllerReference,
  isConflict,
  isControlledBy,
  KubeError,
  metaTime,
  settled,
  Stall,
} from '../../framework/index.ts'
import type { LocustTest } from '../spec/subject.ts'
import { BadCron } from './cron-rule.ts'
import { plan, testName, type Plan } from './plan.ts'

export type ScheduleKind = Kind<LocustScheduleSpec, LocustScheduleStatus>
type ScheduleContext = Context<LocustScheduleSpec, LocustScheduleStatus>
type Tests = Cache<LocustTest>

/** Clocks may be set: no wait is longer. */
const longestWaitMs = 600_000
const ownerIndex = 'locust-schedule'

export function scheduleController(
  operator: Operator,
  o: { namespace?: string | undefined },
): void {
  const place = o.namespace ? { namespace: o.namespace } : {}
  const kind: ScheduleKind = locustSchedule
  const testKind: Kind<LocustTest['spec'], NonNullable<LocustTest['status']>> = locustTest
  const tests: Tests = operator.cache(testKind, place)
  tests.addIndex(ownerIndex, ({ metadata }) =>
    (metadata.ownerReferences ?? []).map(({ uid }) => uid),
  )
  operator
    .for(kind, place)
    .reconcile((c) => reconcile(c, tests), { conditions: 'none', concurrency: 4 })
    .owns(locustTest, place)
}

async function reconcile(c: ScheduleContext, tests: Tests): Promise<Outcome> {
  const { metadata, spec, status = {} } = c.obj
  const own = tests
    .by(ownerIndex, metadata.uid)
    .filter((test) => isControlledBy(test, metadata.uid))
  const createdAt = metadata.creationTimestamp ?? c.now().toISOString()
  const todo = planned(c, { spec, status, createdAt, tests: own, now: c.now() })
  await remove(c, todo.remove)
  const begun = todo.begin && (await begin(c, todo.begin))
  say(c, { todo, own, begun })
  if (!todo.next) return settled
  const waitMs = todo.next.getTime() - c.now().getTime()
  return again(Math.min(Math.max(waitMs, 0), longestWaitMs), { reason: 'Scheduled', message: '' })
}

function planned(c: ScheduleContext, known: Parameters<typeof plan>[0]): Plan {
  try {
    return plan(known)
  } catch (error) {
    if (!(error instanceof BadCron)) throw error
    const message = `spec.schedule: expected ${error.message}`
    c.condition('Ready', false, 'InvalidSpec', message)
    throw new Stall('InvalidSpec', message, { cause: error })
  }
}

async function remove(c: ScheduleContext, tests: LocustTest[]): Promise<void> {
  for (const { metadata } of tests)
    await c.kube.delete(locustTest, metadata, {
      preconditions: { uid: metadata.uid },
      propagationPolicy: 'Background',
    })
}

/** The name of the test, or why there is none; a time is tried once. */
async function begin(c: ScheduleContext, time: Date): Promise<{ name: string; refused?: string }> {
  const { metadata, spec } = c.obj
  const name = testName(metadata.name, time)
  const owner = controllerReference({
    ...metadata,
    apiVersion: apiVersionOf(locustSchedule),
    kind: locustSchedule.kind,
  })
  const manifest = {
    metadata: {
      ...spec.testTemplate.metadata,
      name,
      namespace: metadata.namespace ?? '',
      ownerReferences: [owner],
    },
    spec: spec.testTemplate.spec,
  }
  try {
    await c.kube.create(locustTest, manifest)
    c.event('Normal', 'Created', `Created LocustTest ${name}`)
  } catch (error) {
    if (!(error instanceof KubeError) || error.status < 400 || error.status >= 500) throw error
    if (!isConflict(error)) return { name, refused: refusal(error) }
    const present = await c.kube.get(locustTest, name, metadata.namespace)
    if (present && !isControlledBy(present, metadata.uid))
      return { name, refused: `LocustTest ${name} exists and does not belong to this schedule` }
  }
  return { name }
}

const refusal = (error: KubeError) => `the LocustTest was refused: ${error.text}`

function say(
  c: ScheduleContext,
  o: { todo: Plan; own: LocustTest[]; begun: { name: string; refused?: string } | undefined },
): void {
  const { todo, begun } = o
  const removed = new Set(todo.remove.map(({ metadata }) => metadata.name))
  const active = todo.active
    .map(({ metadata }) => metadata.name)
    .filter((name) => !removed.has(name))
  if (begun && !begun.refused && !active.includes(begun.name)) active.push(begun.name)
  const succeeded = o.own
    .filter(({ status }) => status?.phase === 'Succeeded')
    .map(({ status }) => status?.completionTime ?? '')
    .toSorted()
    .at(-1)
  c.status({
    observedGeneration: c.obj.metadata.generation,
    active: active.toSorted(),
    nextScheduleTime: todo.next && metaTime(todo.next),
    ...(todo.begin && { lastScheduleTime: metaTime(todo.begin) }),
    ...(succeeded && { lastSuccessfulTime: succeeded }),
  })
  const { ok, reason, message } = readiness(c, o)
  c.condition('Ready', ok, reason, message)
  if (begun?.refused) c.event('Warning', 'TestRefused', begun.refused)
}

function readiness(
  c: ScheduleContext,
  { todo, begun }: { todo: Plan; begun: { refused?: string } | undefined },
) {
  if (begun?.refused) return { ok: false, reason: 'TestRefused', message: begun.refused }
  if (c.obj.spec.suspend) return { ok: true, reason: 'Suspended', message: 'spec.suspend is true' }
  if (todo.waits) return { ok: true, reason: 'Waiting', message: 'The test before is not over yet' }
  if (!todo.next)
    return { ok: false, reason: 'NeverDue', message: 'spec.schedule: that time never comes' }
  const known = c.obj.status?.conditions?.find(({ type }) => type === 'Ready')
  // A refusal stays until a test could be begun, or the spec has changed.
  if (known?.reason === 'TestRefused' && !begun && isCurrent(c))
    return { ok: false, reason: known.reason, message: known.message }
  return { ok: true, reason: 'Scheduled', message: 'Tests begin at their times' }
}

const isCurrent = ({ obj }: ScheduleContext) =>
  obj.status?.observedGeneration === obj.metadata.generation

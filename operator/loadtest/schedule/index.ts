// The LocustSchedule controller: begins LocustTests at their times, keeps as many of them as the limits say.
import type { LocustScheduleSpec, LocustScheduleStatus } from '../../api/locust/locust-types.ts'
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
  settled,
  Stall,
} from '../../framework/index.ts'
import { tell } from '../said.ts'
import type { LocustTest } from '../spec/subject.ts'
import { BadCron } from './cron-rule.ts'
import { plan, testName, type KnownSchedule } from './plan.ts'
import { scheduled, illTimed, type Begun, type ScheduleSaid } from './status.ts'

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
  const known = knownOf(c, tests)
  let said: ScheduleSaid = {}
  try {
    const todo = plan(known)
    await remove(c, todo.remove)
    const begun = todo.begin && (await begin(c, todo.begin))
    said = scheduled(known, todo, begun)
    return todo.next ? lookAgain(todo.next, c.now()) : settled
  } catch (error) {
    if (!(error instanceof BadCron)) throw error
    const message = `spec.schedule: expected ${error.message}`
    said = illTimed(message)
    throw new Stall('InvalidSpec', message, { cause: error })
  } finally {
    tell(c, said)
  }
}

function knownOf(c: ScheduleContext, tests: Tests): KnownSchedule {
  const { metadata, spec, status = {} } = c.obj
  const now = c.now()
  const { uid, generation, creationTimestamp: createdAt = now.toISOString() } = metadata
  const own = tests.by(ownerIndex, uid).filter((test) => isControlledBy(test, uid))
  return { spec, status, generation, createdAt, tests: own, now }
}

function lookAgain(next: Date, now: Date): Outcome {
  const waitMs = next.getTime() - now.getTime()
  return again(Math.min(Math.max(waitMs, 0), longestWaitMs), { reason: 'Scheduled', message: '' })
}

async function remove(c: ScheduleContext, tests: LocustTest[]): Promise<void> {
  for (const { metadata } of tests)
    await c.kube.delete(locustTest, metadata, {
      preconditions: { uid: metadata.uid },
      propagationPolicy: 'Background',
    })
}

/** A time is tried once. */
async function begin(c: ScheduleContext, time: Date): Promise<Begun> {
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
    return { name, outcome: 'created' }
  } catch (error) {
    if (!(error instanceof KubeError) || error.status < 400 || error.status >= 500) throw error
    if (!isConflict(error)) return { name, outcome: { refused: refusal(error) } }
    const present = await c.kube.get(locustTest, name, metadata.namespace)
    if (present && !isControlledBy(present, metadata.uid))
      return {
        name,
        outcome: { refused: `LocustTest ${name} exists and does not belong to this schedule` },
      }
    return { name, outcome: 'there' }
  }
}

const refusal = (error: KubeError) => `the LocustTest was refused: ${error.text}`

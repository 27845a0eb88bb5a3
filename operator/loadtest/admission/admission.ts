// What the validating webhook answers: refusals that name the field, and warnings where a field would have no
// effect. The controller checks the same again, because the webhook is optional.
import { isDeepStrictEqual } from 'node:util'
import type { LocustScheduleSpec } from '../../api/locust/locust-types.ts'
import { locustSchedule } from '../../api/locust/locust-schedule.ts'
import { locustTest } from '../../api/locust/locust-test.ts'
import type { AdmissionReview, Cache, KubeObject, Verdict } from '../../framework/index.ts'
import { apiVersionOf } from '../../framework/index.ts'
import { nodeName } from '../pods/names.ts'
import type { Subject } from '../spec/subject.ts'
import { BadCron } from '../schedule/cron-rule.ts'
import { parseCron } from '../schedule/cron.ts'
import { testName } from '../schedule/plan.ts'
import type { LoadTestSettings } from '../settings.ts'
import type { LocustTest } from '../spec/subject.ts'
import { subjectOf } from '../spec/subject.ts'
import { inWordsOf } from '../spec/v1-words.ts'
import { problems } from '../spec/validation.ts'
import { warningsOf } from '../spec/warnings.ts'

/** The index of tests that collisions are found in: by the name that their objects have. */
export const objectsIndex = 'locust-objects'
export const objectsIndexKey = ({ metadata }: Pick<LocustTest, 'metadata'>) =>
  objectsKey(metadata.namespace, metadata.name)
const objectsKey = (namespace: string | undefined, name: string) =>
  `${namespace}/${nodeName(name, 'master')}`

export type AdmissionTools = { settings: LoadTestSettings; tests: Cache<LocustTest> }

export function admission(o: AdmissionTools): (review: AdmissionReview) => Verdict {
  return (review) => {
    const obj = review.object as LocustTest | undefined // the webhook's rules name no other kind
    if (!obj || obj.metadata.deletionTimestamp) return undefined
    // Labels and finalizers of a test stay writable, whatever an older operator let pass.
    if (review.oldObject && isDeepStrictEqual(review.oldObject.spec, obj.spec)) return undefined
    if (obj.kind === locustSchedule.kind) return scheduleVerdict(review, o)
    const read = subjectOf({ ...obj, metadata: { ...obj.metadata, uid: obj.metadata.uid ?? '' } })
    const subject = { ...read, v1: review.requestKind?.version === 'v1' }
    const found = [...problems(subject), ...collision(subject, o.tests)]
    if (found.length > 0) return { allowed: false, message: found.join('; ') }
    return { allowed: true, warnings: inWordsOf(subject, warningsOf(subject, o.settings)) }
  }
}

/** The tests of a schedule are refused with the schedule, and not at night. */
function scheduleVerdict({ object }: AdmissionReview, { settings }: AdmissionTools): Verdict {
  const { metadata, spec } = object as KubeObject<LocustScheduleSpec> // its CRD was checked before
  const { schedule, timeZone, testTemplate } = spec
  const subject = subjectOf({
    apiVersion: apiVersionOf(locustTest),
    kind: locustTest.kind,
    metadata: { ...metadata, name: testName(metadata.name, new Date()), uid: '' },
    spec: testTemplate.spec,
  })
  const ofTests = problems(subject).map((text) => `spec.testTemplate.${text}`)
  const found = [...cronProblems(schedule, timeZone), ...ofTests]
  if (found.length > 0) return { allowed: false, message: found.join('; ') }
  const warnings = warningsOf(subject, settings).map((text) => `spec.testTemplate.${text}`)
  return { allowed: true, warnings }
}

function cronProblems(schedule: string, timeZone: string | undefined): string[] {
  try {
    parseCron(schedule, timeZone)
    return []
  } catch (error) {
    if (!(error instanceof BadCron)) throw error
    return [`spec.schedule: expected ${error.message}`]
  }
}

/** a.b and a-b would share a Service and two Jobs. */
function collision({ name, namespace }: Subject, tests: Cache<LocustTest>): string[] {
  const twin = tests
    .by(objectsIndex, objectsKey(namespace, name))
    .find(({ metadata }) => metadata.name !== name)
  return twin
    ? [
        `metadata.name: the objects of "${name}" would have the names of those of LocustTest ${twin.metadata.name} (${nodeName(name, 'master')}); choose another name`,
      ]
    : []
}

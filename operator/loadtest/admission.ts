// What the validating webhook answers: refusals that name the field, and warnings where a field would have no
// effect. The controller checks the same again, because the webhook is optional.
import { isDeepStrictEqual } from 'node:util'
import type { AdmissionReview, Cache, Verdict } from '../framework/index.ts'
import { nodeName } from './names.ts'
import type { Subject } from './names.ts'
import type { LoadTestSettings } from './settings.ts'
import type { LocustTest } from './subject.ts'
import { subjectOf } from './subject.ts'
import { problems } from './validation.ts'
import { warningsOf } from './warnings.ts'

/** The index of tests that collisions are found in: by the name that their objects have. */
export const objectsIndex = 'locust-objects'
export const objectsIndexKey = ({ metadata }: Pick<LocustTest, 'metadata'>) =>
  objectsKey(metadata.namespace, metadata.name)
const objectsKey = (namespace: string | undefined, name: string) =>
  `${namespace}/${nodeName(name, 'master')}`

export type AdmissionOptions = { settings: LoadTestSettings; tests: Cache<LocustTest> }

export function admission(o: AdmissionOptions): (review: AdmissionReview) => Verdict {
  return (review) => {
    const obj = review.object as LocustTest | undefined // the webhook's rules name no other kind
    if (!obj || obj.metadata.deletionTimestamp) return undefined
    // Labels and finalizers of a test stay writable, whatever an older operator let pass.
    if (review.oldObject && isDeepStrictEqual(review.oldObject.spec, obj.spec)) return undefined
    const subject = subjectOf({
      ...obj,
      metadata: { ...obj.metadata, uid: obj.metadata.uid ?? '' },
    })
    const found = [...problems(subject, o.settings), ...collision(subject, o.tests)]
    if (found.length > 0) return { allowed: false, message: found.join('; ') }
    return { allowed: true, warnings: warningsOf(subject, o.settings) }
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

// What the objects of a LocustTest are called and labelled. Users and their dashboards depend on these names.
import { locustTest } from '../../api/locust/locust-test.ts'
import { controllerReference } from '../../framework/index.ts'
import type { Subject } from '../spec/subject.ts'

export type Mode = 'master' | 'worker'

export const managedBy = 'locust-k8s-operator'
export const ports = { master: 5557, masterPlusOne: 5558, web: 8089, worker: 8080 } as const
const testLabel = 'performance-test-name'
export const podLabel = 'performance-test-pod-name'
/** What pods are selected by. */
export const fixedLabels = [podLabel, 'managed-by']

/** Dots are not allowed in the names of Services. */
export const nodeName = (cr: string, mode: Mode) => `${cr.replaceAll('.', '-')}-${mode}`

/** The user's labels may override app and performance-test-name, but not the two that we select by. */
export function podLabels(subject: Subject, mode: Mode): Record<string, string> {
  return {
    app: subject.name,
    [testLabel]: subject.name,
    ...subject.spec[mode].labels,
    [podLabel]: nodeName(subject.name, mode),
    'managed-by': managedBy,
  }
}

export const ownerReference = (subject: Subject) =>
  controllerReference({ ...subject, kind: locustTest.kind })

export const childMetadata = (subject: Subject, mode: Mode) => ({
  name: nodeName(subject.name, mode),
  namespace: subject.namespace,
  ownerReferences: [ownerReference(subject)],
})

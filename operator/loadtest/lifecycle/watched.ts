// What the controller watches besides LocustTests, and which test a change of it concerns.
import type { ControllerBuilder, Key, Operator } from '../../framework/index.ts'
import { core } from '../../framework/index.ts'
import { locustTest } from '../../api/locust/locust-test.ts'
import { managedBy } from '../pods/names.ts'
import type { Caches } from './observe.ts'
import { podIndex, podIndexKey } from './observe.ts'
import type { Pod } from '../pods/objects.ts'
import type { TroubleEvent } from './trouble.ts'
import { indexTrouble, troubleKind, troubleSelectors } from './trouble.ts'

/** In one namespace, or in all of them. */
export function watched(operator: Operator, namespace: string | undefined) {
  const place = namespace ? { namespace } : {}
  const ours = { ...place, labelSelector: `managed-by=${managedBy}` }
  const troubles = troubleSelectors.map((fieldSelector) => ({ ...place, fieldSelector }))
  const caches: Caches = {
    jobs: operator.cache(core.job, ours),
    pods: operator.cache(core.pod, ours),
    events: troubles.map((where) => operator.cache(troubleKind, where)),
  }
  caches.pods.addIndex(podIndex, podIndexKey)
  indexTrouble(caches.events)
  const relations = <S, T>(controller: ControllerBuilder<S, T>): void => {
    controller.owns(core.job, ours).watches(core.pod, (pod) => testOf(pod, caches), ours)
    for (const where of troubles)
      controller.watches(troubleKind, (event) => testInTrouble(event, caches), where)
  }
  return { place, caches, relations }
}

/** Pods belong to a Job, and the Job to the test. */
function testOf({ metadata }: Pod, caches: Caches): Key[] {
  const job = metadata.ownerReferences?.find(({ kind }) => kind === 'Job')
  return job ? testOfJob({ namespace: metadata.namespace, name: job.name }, caches) : []
}

function testOfJob(key: Key, { jobs }: Caches): Key[] {
  const owners = jobs.get(key)?.metadata.ownerReferences
  const test = owners?.find(({ kind }) => kind === locustTest.kind)
  return test ? [{ namespace: key.namespace, name: test.name }] : []
}

function testInTrouble({ regarding }: TroubleEvent, caches: Caches): Key[] {
  const { kind, namespace, name = '' } = regarding ?? {}
  if (kind === 'Job') return testOfJob({ namespace, name }, caches)
  const pod = caches.pods.get({ namespace, name })
  return pod ? testOf(pod, caches) : []
}

// The kinds that CrateKube serves, an entry each: CRD, chart, reference, rights of processes and the catalogue of reasons are made of
// them by operator/generate, and controllers/index.ts has a controller for each of the manager's. For generators and tests: no
// process loads it, whose schemas would cost it memory.
import type { ConditionReasons, ReasonEntry } from './faults/reason.ts'
import { conditionReasons } from './faults/reasons.ts'
import { locustScheduleDefinition } from './locust/locust-schedule-crd.ts'
import { locustScheduleReasons, locustTestReasons } from './locust/locust-reasons.ts'
import { locustTestDefinition } from './locust/locust-test-crd.ts'
import { leftByV1 } from './locust/locust-test-v1-schema.ts'
import { customResourceDefinition } from './schema/crd.ts'
import { tenantClusterDefinition } from './tenant/tenant-cluster-crd.ts'

export type KindEntry = {
  plural: string
  /** As the API server gets it. */
  definition: object
  /** Carries the CRD, and has the process that serves the kind. */
  chart: Chart
  /** Below docs/reference; kinds that belong together share a file. */
  reference: string
  /** The version that the reference tells of. */
  version: string
  /** Fields that it leaves out. */
  unmentioned?: readonly string[]
  /** What each role of the chart may do with objects of the kind. */
  rights: Partial<Record<Role, Rights>>
  /** What its conditions may say, all of them alike or each for itself. */
  reasons?: Readonly<Record<string, ReasonEntry>>
  reasonsByCondition?: ConditionReasons
}

export type Chart = keyof typeof chartRoles
export type Role = (typeof chartRoles)[Chart][number]
type Verb = 'get' | 'list' | 'watch' | 'create' | 'patch' | 'update' | 'delete'
/** Of the object itself, and of its subresources; finalizers for owner references with blockOwnerDeletion. */
export type Rights = {
  object?: readonly Verb[]
  status?: readonly Verb[]
  finalizers?: readonly Verb[]
}

/** Roles of the charts that have rights to kinds; those of tenants hold in the namespaces of teams. */
export const chartRoles = {
  cratekube: ['manager', 'worker', 'manager-tenants', 'worker-tenants'],
  'cratekube-loadtest': ['loadtest'],
} as const

const look = ['get', 'list', 'watch'] as const

export const kinds = [
  {
    plural: 'tenantclusters',
    definition: customResourceDefinition(tenantClusterDefinition),
    chart: 'cratekube',
    reference: 'tenantcluster.md',
    version: 'v1alpha1',
    rights: {
      // Every one is seen, so that one in a namespace where nothing may be done is told so.
      manager: { object: look },
      worker: { object: look },
      // Kubeconfig Secrets block the deletion of their owner, which only those may ask for who may update its finalizers.
      'manager-tenants': { object: ['patch'], status: ['patch'], finalizers: ['update'] },
    },
    reasons: conditionReasons,
  },
  {
    plural: 'locusttests',
    definition: locustTestDefinition,
    chart: 'cratekube-loadtest',
    reference: 'locusttest.md',
    version: 'v2',
    unmentioned: Object.keys(leftByV1),
    rights: {
      // Schedules begin tests, and delete those that are over.
      loadtest: {
        object: [...look, 'create', 'delete'],
        status: ['patch'],
        finalizers: ['update'],
      },
    },
    reasonsByCondition: locustTestReasons,
  },
  {
    plural: 'locustschedules',
    definition: locustScheduleDefinition,
    chart: 'cratekube-loadtest',
    reference: 'locusttest.md',
    version: 'v2',
    unmentioned: Object.keys(leftByV1),
    rights: {
      loadtest: { object: look, status: ['patch'], finalizers: ['update'] },
    },
    reasonsByCondition: locustScheduleReasons,
  },
] as const satisfies readonly KindEntry[]

/** Kinds whose controllers run in the process of a chart. */
export type KindOf<C extends Chart> = Extract<(typeof kinds)[number], { chart: C }>['plural']

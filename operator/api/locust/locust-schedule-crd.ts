// The CustomResourceDefinition of LocustSchedule, for crds/ and for the chart.
import { locustSchedule, longestScheduleName } from './locust-schedule.ts'
import { locustScheduleSpecSchema, locustScheduleStatusSchema } from './locust-schedule-schema.ts'

const column = (name: string, jsonPath: string, type = 'string') => ({ name, type, jsonPath })

export const locustScheduleDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${locustSchedule.plural}.${locustSchedule.group}` },
  spec: {
    group: locustSchedule.group,
    scope: 'Namespaced',
    names: {
      plural: locustSchedule.plural,
      singular: 'locustschedule',
      kind: locustSchedule.kind,
      listKind: 'LocustScheduleList',
      shortNames: ['losched'],
    },
    versions: [
      {
        name: locustSchedule.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        additionalPrinterColumns: [
          column('Schedule', '.spec.schedule'),
          column('Suspend', '.spec.suspend', 'boolean'),
          column('Last', '.status.lastScheduleTime', 'date'),
          column('Next', '.status.nextScheduleTime'),
          column('Age', '.metadata.creationTimestamp', 'date'),
        ],
        schema: {
          openAPIV3Schema: {
            type: 'object',
            description: 'Load tests at times of a cron expression.',
            required: ['spec'],
            properties: {
              apiVersion: { type: 'string' },
              kind: { type: 'string' },
              metadata: { type: 'object' },
              spec: locustScheduleSpecSchema,
              status: locustScheduleStatusSchema,
            },
            'x-kubernetes-validations': [
              {
                rule: `self.metadata.name.size() <= ${longestScheduleName}`,
                message: `metadata.name: expected at most ${longestScheduleName} characters, so that the objects of the tests can be named`,
              },
            ],
          },
        },
      },
    ],
  },
}

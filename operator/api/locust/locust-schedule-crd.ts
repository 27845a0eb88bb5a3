// The CustomResourceDefinition of LocustSchedule, for crds/ and for the chart.
import { locustSchedule, longestScheduleName } from './locust-schedule.ts'
import { conditionsSchema } from './locust-test-status-schema.ts'
import { locustTestSpecSchema } from './locust-test-schema.ts'
import { leftByV1 } from './locust-test-v1-schema.ts'
import { flag, integer, list, map, object, text } from '../schema/builders.ts'

const testSpec = {
  ...object(
    'The spec of the tests, as of a LocustTest.',
    Object.fromEntries(
      Object.entries(locustTestSpecSchema.properties).filter(([name]) => !(name in leftByV1)),
    ),
    { required: ['image', 'master', 'worker'] },
  ),
}

const spec = object(
  'When to run what.',
  {
    schedule: text(
      'Cron expression of five fields, or @hourly, @daily, @weekly, @monthly, @yearly, @every 1h30m, read as by CronJobs.',
      { minLength: 1, maxLength: 256 },
    ),
    timeZone: text('Time zone of the expression, such as Europe/Berlin. Defaults to UTC.', {
      default: 'UTC',
      maxLength: 64,
    }),
    suspend: flag('Begin no further tests. Defaults to false.'),
    concurrencyPolicy: text(
      'What a test that is not over means for the next: Forbid (default) lets it wait until startingDeadlineSeconds, Replace deletes the old one, Allow runs both.',
      { enum: ['Allow', 'Forbid', 'Replace'], default: 'Forbid' },
    ),
    startingDeadlineSeconds: integer(
      'A test that could not begin this long after its time is left out. Defaults to 300.',
      { minimum: 10, maximum: 86_400, default: 300 },
    ),
    successfulTestsHistoryLimit: integer('Succeeded tests that are kept. Defaults to 3.', {
      minimum: 0,
      maximum: 100,
      default: 3,
    }),
    failedTestsHistoryLimit: integer('Failed tests that are kept. Defaults to 1.', {
      minimum: 0,
      maximum: 100,
      default: 1,
    }),
    testTemplate: object(
      'The tests.',
      {
        metadata: object('What the tests carry.', {
          labels: map('Labels of the tests.'),
          annotations: map('Annotations of the tests.'),
        }),
        spec: testSpec,
      },
      { required: ['spec'] },
    ),
  },
  { required: ['schedule', 'testTemplate'] },
)

const time = (description: string) => text(description, { format: 'date-time' })
const status = object('How it goes; written by the operator.', {
  observedGeneration: integer('Generation that the status is about.', { format: 'int64' }),
  lastScheduleTime: time('The time that the latest test was begun for.'),
  nextScheduleTime: time('The time of the next test.'),
  lastSuccessfulTime: time('When a test last succeeded.'),
  active: list('Tests that are not over.', { type: 'string' }),
  conditions: conditionsSchema,
})

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
              spec,
              status,
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

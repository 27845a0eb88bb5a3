// The structural schemas of LocustSchedule.
import { flag, integer, list, map, noted, object, text } from '../schema/builders.ts'
import { locustTestSpecSchema } from './locust-test-schema.ts'
import { conditionsSchema } from './locust-test-status-schema.ts'
import { leftByV1 } from './locust-test-v1-schema.ts'

const testSpec = noted(
  object(
    'The spec of the tests, as of a LocustTest.',
    Object.fromEntries(
      Object.entries(locustTestSpecSchema.properties).filter(([name]) => !(name in leftByV1)),
    ),
    { required: ['image', 'master', 'worker'] },
  ),
  { type: 'LocustTestSpec' },
)

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

export const locustScheduleSpecSchema = noted(spec, { type: 'LocustScheduleSpec' })
export const locustScheduleStatusSchema = noted(status, { type: 'LocustScheduleStatus' })

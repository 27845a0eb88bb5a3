// Holds the recording that cron expressions are tested by to what reads the schedules of CronJobs: the package for their times,
// the API server for what is refused. CRATEKUBE_RECORD=true writes the recording anew.
import process from 'node:process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { KubeError } from '../../../../operator/framework/index.ts'
import { parseCron } from '../../../../operator/loadtest/schedule/cron.ts'
import { BadCron } from '../../../../operator/loadtest/schedule/cron-rule.ts'
import { run } from '../../../sandbox/machine/command.ts'
import { ensureTools } from '../../../sandbox/tools/ensure.ts'
import { record, recorded, timesAsked, type Answered } from '../../../support/cron/recording.ts'
import { startTestPlane, type TestPlane } from '../../../support/test-plane.ts'
import { expressions, questions } from '../../../support/cron/corpus.ts'

const anew = process.env['CRATEKUBE_RECORD'] === 'true'

test('robfig/cron answers what was recorded', { timeout: 600_000 }, async () => {
  const tools = await ensureTools(['cron-times'])
  const asked = questions()
  const input = JSON.stringify(asked.map((question) => ({ ...question, count: timesAsked })))
  const times = JSON.parse(
    await run(tools.path('cron-times'), [], { input }),
  ) as Answered['times'][]
  const answers = asked.map((question, at) => ({ ...question, times: times[at] ?? null }))
  if (anew) await record(answers)
  expect(await recorded()).toEqual(answers)
})

let plane: TestPlane
beforeAll(async () => {
  plane = await startTestPlane({})
})
afterAll(() => plane?.stop())

/** Whether the API server takes a CronJob so; nothing is stored. */
async function isTaken(schedule: string, timeZone = 'UTC'): Promise<boolean> {
  const container = { name: 'a', image: 'a' }
  const pod = { spec: { restartPolicy: 'Never', containers: [container] } }
  const body = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'a' },
    spec: { schedule, timeZone, jobTemplate: { spec: { template: pod } } },
  }
  try {
    const path = '/apis/batch/v1/namespaces/default/cronjobs'
    await plane.kube.request('POST', path, body, { query: { dryRun: 'All' } })
    return true
  } catch (error) {
    if (error instanceof KubeError && error.status === 422) return false
    throw error
  }
}

function isRead(schedule: string, timeZone?: string): boolean {
  try {
    parseCron(schedule, timeZone)
    return true
  } catch (error) {
    if (error instanceof BadCron) return false
    throw error
  }
}

test('the API server takes a CronJob of the same expressions, and no other', async () => {
  for (const expression of expressions())
    expect.soft(isRead(expression), expression).toBe(await isTaken(expression))
})

test('and of the same time zones', async () => {
  for (const zone of [
    'Europe/Berlin',
    'US/Eastern',
    'Etc/GMT+5',
    'Asia/Kolkata',
    '',
    'Local',
    '+01:00',
    'Mars/Olympus',
    '../UTC',
    'Europe/',
    'UTC0UTC0UTC0UTC0',
  ])
    // prettier-ignore
    expect.soft(isRead('@daily', zone), zone).toBe(await isTaken('@daily', zone))
})

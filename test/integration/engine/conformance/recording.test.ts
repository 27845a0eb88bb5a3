// Holds the recording to the official CLI. CRATEKUBE_RECORD=true writes the recording anew, under the version of that CLI.
import process from 'node:process'
import { expect, test } from 'vitest'
import { ensureTools } from '../../../sandbox/tools/ensure.ts'
import { openOfficialStack } from './official-stack.ts'
import { officialOutcomes, record, type Outcome } from './official.ts'
import { play } from './play.ts'
import { scenarios } from './scenarios.ts'

const anew = process.env['CRATEKUBE_RECORD'] === 'true'

test('the official CLI does what was recorded', { timeout: 900_000 }, async () => {
  const tools = await ensureTools(['pulumi'])
  await using stack = await openOfficialStack(tools.path('pulumi'))
  const outcomes = new Map<string, Outcome>()
  for (const scenario of scenarios) outcomes.set(scenario.label, await play(stack, scenario))
  if (anew) await record(stack.version, outcomes)
  const recorded = await officialOutcomes()
  for (const [label, outcome] of outcomes) expect.soft(outcome, label).toEqual(recorded.get(label))
  expect([...recorded.keys()]).toEqual([...outcomes.keys()])
})

// Holds the recording to the official CLI that PULUMI_CLI names; without one it says that it is skipped. CRATEKUBE_RECORD=true
// writes the recording anew, under the version of that CLI.
import process from 'node:process'
import { expect, test } from 'vitest'
import { openOfficialStack } from './official-stack.ts'
import { officialOutcomes, record, type Outcome } from './official.ts'
import { play } from './play.ts'
import { scenarios } from './scenarios.ts'

const cli = process.env['PULUMI_CLI'] ?? ''
const anew = process.env['CRATEKUBE_RECORD'] === 'true'

test.skipIf(cli === '')(
  'the official CLI does what was recorded',
  { timeout: 900_000 },
  async () => {
    await using stack = await openOfficialStack(cli)
    const outcomes = new Map<string, Outcome>()
    for (const scenario of scenarios) outcomes.set(scenario.label, await play(stack, scenario))
    if (anew) await record(stack.version, outcomes)
    const recorded = await officialOutcomes()
    for (const [label, outcome] of outcomes)
      expect.soft(outcome, label).toEqual(recorded.get(label))
    expect([...recorded.keys()]).toEqual([...outcomes.keys()])
  },
)

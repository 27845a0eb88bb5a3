// Holds the embedded engine to the official one, scenario by scenario: result, changes, provider calls, events and the
// state left behind must be equal. Differences that are known stand below with their reason; a difference that goes
// away fails the test as much as a new one does.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  describeCalls,
  describeEvent,
  normaliseState,
  officialOutcomes,
  type Outcome,
} from './official.ts'
import { scenarios, type Scenario } from './scenarios.ts'
import { openStack, type TestStack } from './stack-harness.ts'

type Aspect = 'changes' | 'calls' | 'events' | 'state'

const previewOfStack = 'the official engine reports the Stack twice in a preview'
const afterRace = 'follows from dup-urn: the first of the twins is there to be deleted'
const known: Record<string, Partial<Record<Aspect, string>>> = {
  'preview-update': { events: previewOfStack },
  'preview-replace': { events: previewOfStack },
  'prov-unknown-preview': { events: previewOfStack },
  'prov-rename': { events: previewOfStack },
  'bad-check': { events: 'the official engine does not report the Stack when Check fails' },
  'protect-replace': {
    events: 'the official engine does not report the Stack when a replacement is refused',
  },
  import: { events: '`import:` is refused here before it starts' },
  'refresh-gone': {
    state: 'the official engine drops lists of no dependencies when it refreshes',
  },
  'dup-urn': {
    changes: 'a race: the official engine stopped before the first of the twins was made',
    calls: 'the same race',
    events: 'the same race',
    state: 'the same race',
  },
  reparent: { changes: afterRace, calls: afterRace, events: afterRace },
}

let stack: TestStack
let official: Map<string, Outcome>
let listenersBefore: number

beforeAll(async () => {
  listenersBefore = process.listenerCount('uncaughtException')
  stack = await openStack()
  official = await officialOutcomes()
})
afterAll(async () => stack[Symbol.asyncDispose]())

async function play(scenario: Scenario): Promise<Outcome> {
  Object.assign(stack.world, {
    calls: [],
    gone: scenario.gone ?? [],
    undeletable: scenario.undeletable ?? [],
  })
  stack.use(scenario.program)
  const events: string[] = []
  let changes: Outcome['changes']
  let ok = true
  try {
    await stack.stack[scenario.operation]({
      ...scenario.options,
      onEvent(event) {
        events.push(...describeEvent(event))
        changes = event.summaryEvent?.resourceChanges ?? changes
      },
    })
  } catch {
    // Whether it failed is what is compared; why it failed stands in the events and the state.
    ok = false
  }
  const { deployment } = await stack.stack.exportStack()
  const state = normaliseState(deployment)
  return { ok, changes, calls: describeCalls(stack.world.calls), events: events.toSorted(), state }
}

test('every recorded scenario is played', () => {
  expect(scenarios.map(({ label }) => label)).toEqual([...official.keys()])
})

test('every known difference belongs to a scenario', () => {
  expect(Object.keys(known).filter((label) => !official.has(label))).toEqual([])
})

describe('does what the official engine does', () => {
  for (const scenario of scenarios) {
    test(`in ${scenario.label}`, async () => {
      const expected = official.get(scenario.label)
      const actual = await play(scenario)
      expect(actual.ok).toBe(expected?.ok)
      for (const aspect of ['changes', 'calls', 'events', 'state'] as const) {
        const reason = known[scenario.label]?.[aspect]
        if (reason === undefined) expect(actual[aspect], aspect).toEqual(expected?.[aspect])
        else expect(actual[aspect], `no longer true: ${reason}`).not.toEqual(expected?.[aspect])
      }
    })
  }
})

test('leaves no listeners on the process behind, whatever failed', () => {
  expect(process.listenerCount('uncaughtException')).toBe(listenersBefore)
})

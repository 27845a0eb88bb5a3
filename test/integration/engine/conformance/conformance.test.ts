// Holds the embedded engine to the official one, scenario by scenario: result, changes, provider calls, events and the
// state left behind must be equal. Differences that are known stand below with their reason; a difference that goes
// away fails the test as much as a new one does.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { officialOutcomes, type Outcome } from './official.ts'
import { play, type Player } from './play.ts'
import { scenarios } from './scenarios.ts'
import { openStack, type TestStack } from './stack-harness.ts'

type Aspect = 'changes' | 'calls' | 'events' | 'state'

const previewOfStack = 'the official engine reports the Stack twice in a preview'
const importRefused = '`import:` is refused here before it starts'
const afterImport = 'follows from import: the official engine has something to delete'
const known: Record<string, Partial<Record<Aspect, string>>> = {
  'preview-update': { events: previewOfStack },
  'preview-replace': { events: previewOfStack },
  'prov-unknown-preview': { events: previewOfStack },
  'prov-rename': { events: previewOfStack },
  import: {
    changes: importRefused,
    calls: importRefused,
    events: importRefused,
    state: importRefused,
  },
  'import-dropped': { changes: afterImport, calls: afterImport, events: afterImport },
  'refresh-gone': {
    state: 'the official engine drops lists of no dependencies when it refreshes',
  },
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

const embedded = (): Player => ({
  stack: stack.stack,
  use: (program) => stack.use(program),
  async arrange(world) {
    Object.assign(stack.world, { calls: [], ...world })
  },
  calls: async () => stack.world.calls,
})

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
      const actual = await play(embedded(), scenario)
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

// The table of reasons in the documentation and the reasons that the operator gives are the same.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const documented = [
  ...readFileSync(join(root, 'docs/loadtest/README.md'), 'utf8').matchAll(
    /^\| (?:LocustSchedule )?[A-Z]\w+ `(\w+)` \|/gm,
  ),
].map(([, reason = '']) => reason)

const source = readdirSync(join(root, 'operator/loadtest'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(join(root, 'operator/loadtest', path), 'utf8'))
  .join('\n')

const given = [
  /\b(?:Stall|Retry)\(\s*'(\w+)'/g,
  /\breason: '([A-Z]\w+)'/g,
  /^ {2}\| '([A-Z]\w+)'$/gm,
  /condition\(\s*'\w+',\s*[^,]+,\s*'(\w+)'/g,
].flatMap((pattern) => [...source.matchAll(pattern)].map(([, reason = '']) => reason))

/** Nothing is wrong, or it is about to begin. */
const fine = new Set([
  'ResourcesCreated',
  'PodsStarting',
  'PodsHealthy',
  'WaitingForWorkers',
  'AllWorkersConnected',
  'TestInProgress',
  'TestSucceeded',
  'TestEnded',
  'InSync',
  'Rerun',
  'Resumed',
  'Scaled',
  'WorkersEnding',
  'Scheduled',
  'Waiting',
])
/** What a part of the operator tells another, and no condition. */
const internal = new Set(['Exited', 'DeadlineExceeded', 'Lost'])

test('every documented reason is one that is given', () => {
  expect(documented.length).toBeGreaterThan(15)
  const unknown = documented.filter((reason) => !source.includes(`'${reason}'`))
  expect(unknown).toEqual([])
})

test('every reason that tells of trouble is documented', () => {
  const trouble = new Set(given.filter((reason) => !fine.has(reason) && !internal.has(reason)))
  expect([...trouble].filter((reason) => !documented.includes(reason)).toSorted()).toEqual([])
})

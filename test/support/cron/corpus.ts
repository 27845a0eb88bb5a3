// Questions that our reading of cron expressions and that of Kubernetes are asked: what is odd in the grammar, times around
// changes of clocks, and combinations of fields from a fixed seed.
import fc from 'fast-check'

export type Question = { expression: string; timeZone: string; after: string }

export function questions(): Question[] {
  const anywhere = expressions().flatMap((expression, at) =>
    pick(moments, at, 4).map(([timeZone, after]) => ({ expression, timeZone, after })),
  )
  const changes = atChanges.flatMap((expression) =>
    moments.map(([timeZone, after]) => ({ expression, timeZone, after })),
  )
  return [...anywhere, ...changes]
}

/** What may be refused is told apart by the API server, too. */
export const expressions = (): string[] => [...new Set([...odd, ...atChanges, ...combined()])]

/** Clocks of the zone are changed within a day or two after each; then days that months have or have not. */
const moments: [timeZone: string, after: string][] = [
  ['UTC', '2026-02-27T22:59:59.999Z'],
  ['UTC', '2027-12-31T23:59:00Z'],
  ['Asia/Kathmandu', '2028-02-28T18:14:30Z'],
  ['Europe/Berlin', '2026-03-28T10:10:10Z'],
  ['Europe/Berlin', '2026-10-24T22:00:00Z'],
  ['Europe/Berlin', '2026-10-25T00:30:00Z'],
  ['Europe/London', '2026-03-28T12:00:00Z'],
  ['Europe/London', '2026-10-24T23:45:00Z'],
  ['America/New_York', '2026-03-07T20:00:00Z'],
  ['America/New_York', '2026-10-31T20:30:00Z'],
  ['America/St_Johns', '2026-03-07T23:30:00Z'],
  // By half an hour.
  ['Australia/Lord_Howe', '2026-04-03T23:00:00Z'],
  ['Australia/Lord_Howe', '2026-10-02T23:00:00Z'],
  // By two hours.
  ['Antarctica/Troll', '2026-03-28T12:00:00Z'],
  ['Antarctica/Troll', '2026-10-24T12:00:00Z'],
  // At midnight.
  ['America/Sao_Paulo', '2018-11-02T12:00:00Z'],
  ['America/Sao_Paulo', '2018-02-16T12:00:00Z'],
  ['Asia/Beirut', '2026-03-27T12:00:00Z'],
  ['Asia/Beirut', '2026-10-23T12:00:00Z'],
  ['America/Havana', '2026-03-06T12:00:00Z'],
  ['America/Santiago', '2026-09-04T12:00:00Z'],
  ['Atlantic/Azores', '2026-03-28T12:00:00Z'],
]

const atChanges = [
  '30 2 * * *',
  '0 2 * * *',
  '45 1 * * *',
  '0 0 * * *',
  '15 0 * * sun',
  '*/20 * * * *',
  '0 */3 * * *',
  '0 5 * * 6',
  '30 23 * * sat',
  '0 0 1 * *',
  '0 1-3 * mar,oct *',
  '@daily',
  '@hourly',
  '@every 1h30m',
]

const odd = [
  '@yearly',
  '@annually',
  '@monthly',
  '@weekly',
  '@midnight',
  '@Daily',
  '@often',
  '@',
  '@daily ',

  ' @daily',
  '@every',
  '@every ',
  '@every 1h',
  '@every  1h',
  '@every 90s',
  '@every 0',
  '@every 5',

  '@every -1h',
  '@every 1.5h',
  '@every .5m',
  '@every 1.h',
  '@every .h',
  '@every 1h1h',
  '@every 10ms',

  '@every 1500ms',
  '@every 2540400h',
  '@every 2562047h',
  '@every 2562048h',
  '@every 1us',
  '@every 1d',
  '@every 1µs',
  '@every 1μs1h',
  '@every 1 h',
  '@every +2h',
  '@every 1h30',
  '@every 1e3s',

  '',
  ' ',
  '* * * *',
  '* * * * * *',
  '0 0 0 * * *',
  ' 0 3 * * * ',
  '0\t3  * * *',
  '0\u00a03 * * *',

  '? ? ? ? ?',
  '0 0 ? * mon',
  '0 0 1 * ?',
  '0 0 */2 * 1',
  '0 0 1 * */2',
  '0 0 */1 * 1',
  '0 0 ?/2 * 1',

  '0 0 *,5 * 1',
  '0 0 5,*/2 * 1',
  '0 0 1-31 * 1',
  '0 0 13 * fri',
  '0 0 */2 * */2',
  '0 0 1/1 * 1',

  '0 0 * * 7',
  '0 0 * * 0-7',
  '0 0 * * 0',
  '0 0 * * sun-sat',
  '0 0 * * sat-sun',
  '0 0 * * SUN,Mon',

  '0 0 * JAN-mar *',
  '0 0 * sept *',
  '0 0 * 1-jun *',
  '0 0 * * mon/2',
  '0 0 * * mon-fri/2',
  'mon 0 * * *',

  '0 0 29 2 *',
  '0 0 30 2 *',
  '0 0 31 2 *',
  '0 0 31 4,6,9,11 *',
  '0 0 31 * *',
  '0 0 29 feb mon',
  '0 0 29 2 ?',

  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * 32 * *',
  '* * * 0 *',
  '* * * 13 *',
  '5-1 * * * *',

  '7/25 * * * *',
  '5-20/5 3 * * *',
  '*/0 * * * *',
  '*/100 * * * *',
  '*/-1 * * * *',
  '*/ * * * *',
  '/5 * * * *',

  '*/2/3 * * * *',
  '1-2-3 * * * *',
  '*-5 * * * *',
  '*-x * * * *',
  '?-9/7 * * * *',
  '-5 * * * *',
  '5- * * * *',

  '1, * * * *',
  ',1 * * * *',
  '1,2 * * * *',
  ', 0 1 1 *',
  '0 , * * *',
  '0 0 , * *',
  '0 0 , * 1',
  '0 0 * , *',

  '0 0 1 * ,',
  '+5 * * * *',
  '007 * * * *',
  '5.0 * * * *',
  '0x5 * * * *',
  '1_0 * * * *',
  '٣ * * * *',

  '*/+15 * * * *',
  '0 0 L * *',
  '0 0 * * 5L',
  '0 0 15W * *',
  '0 0 * * 1#2',
  'H * * * *',
  '** * * * *',

  '*/9223372036854775807 * * * *',
  '*/9223372036854775808 * * * *',
  '00000000000000000000001 * * * *',

  'TZ=UTC 0 3 * * *',
  'CRON_TZ=Europe/Berlin 0 3 * * *',
  'TZ=UTC @daily',
  'TZ=UTC',
  '0 3 * * * TZ=UTC',
]

function combined(): string[] {
  const number = (from: number, to: number) => fc.integer({ min: from, max: to })
  const part = (from: number, to: number, names: string[] = []) =>
    fc.oneof(
      fc.constantFrom('*', '?', ...names),
      number(from, to).map(String),
      fc
        .tuple(fc.constantFrom('*', `${from + 1}`, `${from + 1}-${to}`), number(1, 9))
        .map((of) => of.join('/')),
      fc
        .tuple(number(from, to), number(from, to))
        .map((ends) => ends.toSorted((a, b) => a - b).join('-')),
    )
  const field = (from: number, to: number, names?: string[]) =>
    fc.array(part(from, to, names), { minLength: 1, maxLength: 2 }).map((parts) => parts.join(','))
  const expression = fc.tuple(
    field(0, 59),
    field(0, 23),
    field(1, 31),
    fc.oneof({ weight: 2, arbitrary: fc.constant('*') }, field(1, 12, ['feb', 'Mar', 'oct-dec'])),
    field(0, 6, ['mon', 'Sun', 'tue-thu']),
  )
  return fc.sample(expression, { seed: 31, numRuns: 120 }).map((fields) => fields.join(' '))
}

/** `count` of them, others for every `turn`. */
const pick = <Item>(items: Item[], turn: number, count: number): Item[] =>
  Array.from({ length: count }, (_, at) => items[(turn + at * 5) % items.length]).filter(
    (item) => item !== undefined,
  )

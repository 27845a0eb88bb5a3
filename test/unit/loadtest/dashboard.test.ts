// The dashboard of the chart asks for nothing that the operator does not export, and shows every figure of a test.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { beforeAll, expect, test } from 'vitest'
import type { LocustTestSpec, LocustTestStatus } from '../../../operator/api/locust/locust-types.ts'
import { locustTest } from '../../../operator/api/locust/locust-test.ts'
import { operator, requestMetrics, type Kind } from '../../../operator/framework/index.ts'
import { testMetrics } from '../../../operator/loadtest/metrics.ts'
import { FakeApiServer, VirtualClock, testLog } from '../../../operator/framework/testing/index.ts'

type Panel = { title: string; targets?: { expr: string }[] }
const path = join(import.meta.dirname, '../../../charts/cratekube-loadtest/files/dashboard.json')
const { panels, templating } = JSON.parse(readFileSync(path, 'utf8')) as {
  panels: Panel[]
  templating: { list: { query: string | { query: string } }[] }
}
const questions = [
  ...panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr }))),
  ...templating.list.flatMap(({ query }) =>
    typeof query === 'string' ? [] : [{ title: 'variable', expr: query.query }],
  ),
]

type Exported = { name: string; type: string; labelNames: string[] }

/** As operator/bin/loadtest.ts puts them together. Names of series, histograms with their parts, and their labels. */
async function exportedSeries(): Promise<Map<string, string[]>> {
  const metrics = new Registry()
  const clock = new VirtualClock()
  requestMetrics(metrics)
  const kind: Kind<LocustTestSpec, LocustTestStatus> = locustTest
  const kube = new FakeApiServer({ clock, kinds: [kind] }).kube()
  const op = operator({ name: 'loadtest', kube, log: testLog().log, clock, metrics })
  testMetrics(metrics, op.cache(kind))
  const stop = new AbortController()
  const ran = op.run({ signal: stop.signal })
  await clock.settle()
  stop.abort(new Error('the test is over'))
  await ran
  const all = metrics.getMetricsAsArray() as unknown as Exported[] // prom-client keeps the labels to itself
  return new Map(
    all.flatMap(({ name, type, labelNames }): [string, string[]][] =>
      type === 'histogram'
        ? [
            [`${name}_bucket`, [...labelNames, 'le']],
            [`${name}_sum`, labelNames],
            [`${name}_count`, labelNames],
          ]
        : [[name, labelNames]],
    ),
  )
}

const words = (text: string) => [...text.matchAll(/[a-z_]\w*/gi)].map(([word]) => word)
const functions = ['or', 'by', 'label_values']

/** What of a PromQL expression is neither a function, nor a label, nor a duration. */
const series = (expr: string): string[] =>
  words(
    expr
      .replaceAll(/\{[^}]*\}|\[[^\]]*\]|\bby \([^)]*\)|,\s*\w+\)$/g, ' ')
      .replaceAll(/\w+\s*\(/g, ' '),
  ).filter((word) => !functions.includes(word))

/** Prometheus adds job and instance when it scrapes. */
const labels = (expr: string): string[] =>
  [
    ...[...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, inside = '']) =>
      [...inside.matchAll(/(\w+)\s*(=~|!=|!~|=)/g)].map(([, label = '']) => label),
    ),
    ...[...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => words(list)),
  ].filter((label) => label !== 'job')

let known: Map<string, string[]>
beforeAll(async () => {
  known = await exportedSeries()
})

test.each(questions)('$title: $expr', ({ expr }) => {
  const asked = series(expr)
  expect(asked.length).toBeGreaterThan(0)
  expect([...known.keys()]).toEqual(expect.arrayContaining(asked))
  const given = asked.flatMap((name) => known.get(name) ?? [])
  expect(given).toEqual(expect.arrayContaining(labels(expr)))
})

test('every figure of the tests has a panel', () => {
  const shown = new Set(questions.flatMap(({ expr }) => series(expr)))
  const figures = [...known.keys()].filter((name) => name.startsWith('loadtest_'))
  expect(figures.filter((name) => !shown.has(name))).toEqual([])
})

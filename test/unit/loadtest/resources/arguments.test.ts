// The arguments of Locust, held against what locust-k8s-operator makes of the same spec.
import { expect, test } from 'vitest'
import type { LocustTestSpec } from '../../../../operator/api/locust/locust-types.ts'
import { spec } from '../../../support/loadtest/subjects.ts'
import { container, otel } from './made.ts'

const head = ['-f', '/lotest/src/test.py', '--host', 'http://shop']
const fixed = ['--master', '--master-port=5557', '--expect-workers=3']
const tail = ['--enable-rebalancing', '--only-summary']
const command = '-f /lotest/src/test.py --host http://shop'
test.each<[string, Partial<LocustTestSpec>, string[]]>([
  ['defaults', {}, [...head, ...fixed, '--autostart', '--autoquit', '60', ...tail]],
  [
    'autostart and autoquit off',
    { master: { command, autostart: false, autoquit: { enabled: false } } },
    [...head, ...fixed, ...tail],
  ],
  [
    'a timeout of 0',
    { master: { command, autoquit: { enabled: true, timeout: 0 } } },
    [...head, ...fixed, '--autostart', '--autoquit', '0', ...tail],
  ],
  [
    'OpenTelemetry and further arguments',
    { observability: otel, master: { command, extraArgs: ['--tags', 'a b'] } },
    [...head, '--otel', ...fixed, '--autostart', '--autoquit', '60', ...tail, '--tags', 'a b'],
  ],
  [
    'thresholds leave failed requests to the verdict',
    { thresholds: { failureRatio: '0.1' } },
    [...head, ...fixed, '--autostart', '--autoquit', '60', ...tail, '--exit-code-on-error', '0'],
  ],
])('master: %s', (_name, more, expected) => expect(container(more).args).toEqual(expected))

test('worker', () => {
  const more = { worker: { ...spec().worker, extraArgs: ['-L', 'DEBUG'] } }
  expect(container(more, 'worker').args).toEqual([
    '-f',
    '/lotest/src/test.py',
    '--worker',
    '--master-port=5557',
    '--master-host=shop-load-master',
    '-L',
    'DEBUG',
  ])
})

import { expect, test } from 'vitest'
import {
  readCommandLine,
  UsageError,
  usage,
} from '../../../../operator/framework/run/command-line.ts'

test('a program alone runs in all namespaces, alone, and logs as machines read', () => {
  expect(readCommandLine(['a.ts'])).toEqual({
    files: ['a.ts'],
    namespaces: [],
    level: 'info',
    format: 'json',
    watch: false,
  })
})

test('every option says something', () => {
  const args = [
    'a.ts',
    'b.ts',
    '--kubeconfig',
    'k',
    '--context',
    'c',
    '-n',
    'shop-*,!shop-old',
    '-n',
    'x',
    '--lease',
    'ns/name',
    '--liveness',
    '[::1]:80',
    '-w',
    '--log-format',
    'plain',
    '-v',
  ]
  expect(readCommandLine(args)).toEqual({
    files: ['a.ts', 'b.ts'],
    kubeconfig: 'k',
    context: 'c',
    namespaces: ['shop-*', '!shop-old', 'x'],
    lease: { namespace: 'ns', name: 'name' },
    health: { host: '::1', port: 80 },
    level: 'debug',
    format: 'plain',
    watch: true,
  })
  const named = [...usage.matchAll(/--[a-z-]+/g)].map(([flag]) => flag)
  expect(named.length).toBeGreaterThan(9)
})

test('a terminal gets plain lines, and may ask for others', () => {
  expect(readCommandLine(['a.ts'], { terminal: true }).format).toBe('plain')
  const asked = readCommandLine(['a.ts', '--log-format=json', '-q'], { terminal: true })
  expect(asked).toMatchObject({ format: 'json', level: 'warn' })
})

test.each([
  [[], 'FILE: expected a program to run, got none'],
  [['a.ts', '--nope'], "Unknown option '--nope'"],
  [['a.ts', '--context'], "Option '--context <value>' argument missing"],
  [['a.ts', '--kubeconfig='], '--kubeconfig: expected a value, got nothing'],
  [
    ['a.ts', '-n', 'Shop'],
    "--namespace: expected a name or a pattern such as 'shop-*', got 'Shop'",
  ],
  [['a.ts', '-n', 'a,,b'], "--namespace: expected a name or a pattern such as 'shop-*', got ''"],
  [['a.ts', '-A', '-n', 'a'], '--namespace: expected none beside --all-namespaces'],
  [['a.ts', '--lease', 'name'], "--lease: expected NAMESPACE/NAME, got 'name'"],
  [['a.ts', '--lease', 'a/b/c'], "--lease: expected NAMESPACE/NAME, got 'a/b/c'"],
  [['a.ts', '--liveness', '8080'], '--liveness: expected HOST:PORT'],
  [['a.ts', '--liveness', 'a:70000'], "got 'a:70000'"],
  [['a.ts', '-v', '-q'], '--quiet: expected it or --verbose, got both'],
  [['a.ts', '--log-format', 'xml'], "--log-format: expected plain or json, got 'xml'"],
])('%j is refused by the flag that is wrong', (args, message) => {
  expect(() => readCommandLine(args)).toThrow(UsageError)
  expect(() => readCommandLine(args)).toThrow(message)
})

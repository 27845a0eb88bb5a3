// Every mistake is answered with the field; commands are split as a shell would.
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LocustTestSpec } from '../../../../operator/api/locust/locust-types.ts'
import { BadQuoting, splitCommand } from '../../../../operator/loadtest/spec/command.ts'
import { readSettings } from '../../../../operator/loadtest/settings.ts'
import { specHash, subjectOf, type LocustTest } from '../../../../operator/loadtest/spec/subject.ts'
import { problems } from '../../../../operator/loadtest/spec/validation.ts'
import { spec, subject } from '../../../support/loadtest/subjects.ts'

describe('problems', () => {
  test('a plain test has none', () => expect(problems(subject())).toEqual([]))

  const volumes = [{ name: 'v' }]
  test.each<[Partial<LocustTestSpec>, string]>([
    [{ image: ' ' }, 'spec.image: expected an image'],
    [{ worker: { command: '', replicas: 1 } }, 'spec.worker.command: expected a Locust command'],
    [
      { master: { command: '--host "http://a' } },
      'spec.master.command: expected balanced quotes, got a quote (") that is not closed',
    ],
    [
      { env: { secretMounts: [{ name: 's', mountPath: '/lotest/src/x/' }] } },
      'spec.env.secretMounts[0].mountPath: secretMount path "/lotest/src/x/" conflicts with reserved path "/lotest/src"; operator uses this path for test files',
    ],
    [
      { volumes: [{ name: 'secret-x' }] },
      'spec.volumes[0].name: volume name "secret-x" uses reserved prefix "secret-"',
    ],
    [
      { volumes: [{ name: 'locust-lib' }] },
      'spec.volumes[0].name: volume name "locust-lib" is reserved by the operator',
    ],
    [
      { volumes: [{ name: 'shop-load-worker' }] },
      'spec.volumes[0].name: volume name "shop-load-worker" conflicts with operator-generated name',
    ],
    [{ volumes: [...volumes, ...volumes] }, 'spec.volumes[1].name: volume name "v" is used twice'],
    [
      { volumeMounts: [{ name: 'w', mountPath: '/w' }] },
      'spec.volumeMounts[0].name: volumeMount "w" references undefined volume',
    ],
    [
      { volumes, volumeMounts: [{ name: 'v', mountPath: '/opt/locust' }] },
      'spec.volumeMounts[0].mountPath: volumeMount path "/opt/locust" conflicts with reserved path "/opt/locust/lib"',
    ],
    [
      {
        volumes,
        volumeMounts: [
          { name: 'v', mountPath: '/a', target: 'master' },
          { name: 'v', mountPath: '/a/', target: 'both' },
        ],
      },
      'spec.volumeMounts[1].mountPath: "/a/" is the path of spec.volumeMounts[0] too',
    ],
    [
      {
        volumes,
        volumeMounts: [{ name: 'v', mountPath: '/s' }],
        env: { secretMounts: [{ name: 's', mountPath: '/s/' }] },
      },
      'spec.volumeMounts[0].mountPath: "/s" is the path of spec.env.secretMounts[0] too',
    ],
    [
      {
        env: {
          secretMounts: [
            { name: 's', mountPath: '/a' },
            { name: 's', mountPath: '/b' },
          ],
        },
      },
      'spec.env.secretMounts[1].name: Secret "s" is mounted by spec.env.secretMounts[0] already',
    ],
    [
      { testFiles: { configMapRef: 'a', libConfigMapRef: 'b', libMountPath: '/lotest/src/' } },
      'spec.testFiles.libMountPath: "/lotest/src/" is the path of spec.testFiles.srcMountPath too',
    ],
    [
      {
        report: { configMap: {} },
        volumes,
        volumeMounts: [{ name: 'v', mountPath: '/cratekube' }],
      },
      'spec.volumeMounts[0].mountPath: volumeMount path "/cratekube" conflicts with reserved path "/cratekube/report"',
    ],
    [
      { observability: { openTelemetry: { enabled: true } } },
      'spec.observability.openTelemetry.endpoint: observability.openTelemetry.endpoint is required when OpenTelemetry is enabled',
    ],
  ])('%j', (more, message) => expect(problems(subject(more))).toEqual([message]))

  test('a reserved path is only the one in use', () => {
    const mounts = { volumes, volumeMounts: [{ name: 'v', mountPath: '/lotest/src' }] }
    const testFiles = { configMapRef: 'c', srcMountPath: '/src' }
    expect(problems(subject({ ...mounts, testFiles }))).toEqual([])
    expect(problems(subject(mounts))).toHaveLength(1)
  })

  test('the same path in master and worker is no collision', () => {
    const mount = (target: 'master' | 'worker') => ({ name: 'v', mountPath: '/a', target })
    expect(
      problems(subject({ volumes, volumeMounts: [mount('master'), mount('worker')] })),
    ).toEqual([])
  })

  test('a name that is too long for its Jobs', () => {
    expect(problems(subject({}, 'a'.repeat(56)))).toEqual([])
    expect(problems(subject({}, 'a'.repeat(57)))[0]).toContain('max CR name length is 56')
  })

  test('an object without a spec names every field it lacks', () => {
    const obj = { metadata: { name: 'a', uid: 'u' }, spec: undefined } as LocustTest // as the API server may hold it
    expect(problems(subjectOf(obj)).map((text) => text.split(':')[0])).toEqual([
      'spec.image',
      'spec.master.command',
      'spec.worker.command',
      'spec.worker.replicas',
    ])
  })

  test('a spec of v1 counts as the v2 spec it converts to, with what v2 added', () => {
    const v1 = { image: 'i', masterCommandSeed: 'm', workerCommandSeed: 'w', suspend: true }
    const obj = { metadata: { name: 'a', uid: 'u' }, spec: v1 } as unknown as LocustTest // as the API server holds it
    expect(problems(subjectOf(obj))).toEqual([])
    expect(subjectOf(obj).spec).toMatchObject({ suspend: true, worker: { replicas: 1 } })
  })
})

test('the digest of a run ignores what may change while it runs, and nothing else', () => {
  const before = specHash(spec())
  const worker = { ...spec().worker, replicas: 9 }
  expect(specHash(spec({ suspend: true, worker, thresholds: { p95Ms: 1 } }))).toBe(before)
  expect(specHash(spec({ image: 'other' }))).not.toBe(before)
  const { image, ...rest } = spec()
  expect(specHash({ ...rest, image })).toBe(before)
})

describe('splitCommand', () => {
  test.each([
    ['  -f a.py   -u 5 ', ['-f', 'a.py', '-u', '5']],
    ['--host "http://a b/"', ['--host', 'http://a b/']],
    [`--tags 'x y'z`, ['--tags', 'x yz']],
    [String.raw`a\ b "c\"d" 'e\f'`, ['a b', 'c"d', String.raw`e\f`]],
    ['--x ""', ['--x', '']],
    ['', []],
  ])('%s', (line, words) => expect(splitCommand(line)).toEqual(words))

  test('open quotes and a last backslash are refused', () => {
    for (const line of ['"a', "'", 'a\\']) expect(() => splitCommand(line)).toThrow(BadQuoting)
  })

  test('ends for any text, and words that were quoted come back whole', () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        try {
          splitCommand(line)
        } catch (error) {
          expect(error).toBeInstanceOf(BadQuoting)
        }
      }),
    )
    const word = fc.string().filter((text) => !text.includes("'"))
    fc.assert(
      fc.property(fc.array(word), (words) => {
        expect(splitCommand(words.map((text) => `'${text}'`).join(' '))).toEqual(words)
      }),
    )
  })
})

describe('settings', () => {
  test('upstream’s defaults; empty means default', () => {
    const settings = readSettings({ POD_CPU_LIMIT: '', JOB_TTL_SECONDS_AFTER_FINISHED: '' })
    expect(settings.pod.limits.cpu).toBe('1000m')
    expect(settings.jobTtlSeconds).toBe(undefined)
    expect(settings.exporter).toMatchObject({ enabled: true, port: 9646, pullPolicy: 'Always' })
  })

  test.each([
    [
      { POD_CPU_LIMIT: 'much' },
      'POD_CPU_LIMIT: expected a quantity such as 250m or 128Mi, got much',
    ],
    [
      { JOB_TTL_SECONDS_AFTER_FINISHED: '-1' },
      'JOB_TTL_SECONDS_AFTER_FINISHED: expected a whole number, got -1',
    ],
    [
      { ENABLE_AFFINITY_CR_INJECTION: 'yes' },
      'ENABLE_AFFINITY_CR_INJECTION: expected true or false, got yes',
    ],
    [
      { DEFAULT_RUNTIME_CLASS_NAME: 'A_b' },
      'DEFAULT_RUNTIME_CLASS_NAME: expected a DNS name, got A_b',
    ],
    [{ LOCUST_POD_SECURITY: 'x' }, 'LOCUST_POD_SECURITY: expected upstream or restricted, got x'],
  ])('%j is refused by name', (env, message) => expect(() => readSettings(env)).toThrow(message))
})

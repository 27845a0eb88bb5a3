// What it takes to add an add-on: in a copy of the product, one folder and one line. Field, reference, reason, resources, health
// and condition follow from them, and the types hold.
import { spawnSync } from 'node:child_process'
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { line, newcomer } from './newcomer.ts'

const root = join(import.meta.dirname, '../../..')
let copy: string

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'cratekube-newcomer-'))
  for (const part of [
    'operator',
    'programs',
    'charts',
    'test/support',
    'test/integration/addons',
    'package.json',
    'ARCHITECTURE.md',
    '.oxlintrc.json',
    'tsconfig.json',
  ])
    // prettier-ignore
    cpSync(join(root, part), join(copy, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
  const addons = join(copy, 'operator/addons')
  for (const [path, text] of Object.entries(newcomer)) {
    mkdirSync(dirname(join(addons, path)), { recursive: true })
    writeFileSync(join(addons, path), text)
  }
  appendFileSync(join(addons, 'all.ts'), line)
})
afterAll(() => rmSync(copy, { recursive: true }))

const node = (...args: string[]) => {
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    cwd: copy,
    encoding: 'utf8',
  })
  if (status !== 0) throw new Error(stdout + stderr)
  return stdout
}

test('one folder and one line make an add-on', () => {
  const found: unknown = JSON.parse(node('test/integration/addons/newcomer-probe.ts'))
  expect(found).toEqual({
    crd: true,
    reference: true,
    reasons: true,
    faults: ['/the board is full/'],
    catalogue: {
      outcome: 'wait',
      summary: 'The notice board is not Available.',
      advice: 'Look at the pods of namespace notices.',
    },
    resources: [
      { type: 'pulumi:providers:kubernetes', name: 'cluster' },
      { type: 'kubernetes:core/v1:Namespace', name: 'notices' },
      {
        type: 'kubernetes:core/v1:ConfigMap',
        name: 'notice-board',
        data: { text: 'closed on Monday', version: '1.36' },
      },
    ],
    conditions: [
      {
        type: 'NoticeBoardReady',
        status: false,
        reason: 'NoticeBoardNotReady',
        message: 'not installed yet',
      },
      {
        type: 'NoticeBoardReady',
        status: true,
        reason: 'Available',
        message: 'the board can be read',
      },
    ],
    types: [
      'InfrastructureReady',
      'ControlPlaneReady',
      'NodesReady',
      'AutofsReady',
      'AddonsReady',
      'NoticeBoardReady',
      'APIReachable',
    ],
  })
})

test('its chart comes into the image', () => {
  const chart = join(copy, 'charts/notice-board')
  mkdirSync(chart)
  writeFileSync(join(chart, 'Chart.yaml'), 'name: notice-board')
  node('operator/image/addon-charts.ts', 'charts', 'shipped')
  expect(readdirSync(join(copy, 'shipped')).toSorted()).toEqual([
    'cratekube-loadtest',
    'notice-board',
  ])
})

test('its settings are typed in the spec of a TenantCluster', () => {
  writeFileSync(
    join(copy, 'operator/typed.ts'),
    `import type { TenantClusterSpec } from './api/tenant/tenant-cluster.ts'
export const textOf = ({ addons }: TenantClusterSpec): string | undefined => addons.noticeBoard?.text
// @ts-expect-error there is no such setting
export const colourOf = ({ addons }: TenantClusterSpec) => addons.noticeBoard?.colour
`,
  )
  const config = { extends: './tsconfig.json', include: ['operator/typed.ts'] }
  writeFileSync(join(copy, 'tsconfig.newcomer.json'), JSON.stringify(config))
  node('node_modules/typescript/bin/tsc', '-p', 'tsconfig.newcomer.json')
})

// The add-ons stack on the official kubernetes plugin, by either engine, and on our double of it: made, unchanged, changed,
// mended where somebody was at it by hand, held up by an API server that is away, and gone.
// Takes minutes: the official kubernetes plugin waits for what it makes, in three ways.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { OperationResult } from '../../../../operator/engine/index.ts'
import { core } from '../../../../operator/framework/index.ts'
import { tenantInput } from '../../../support/tenant-input.ts'
import { addonsLab, type AddonsLab, type Way } from './addons-stack.ts'

const entries = (...keys: string[]) => keys.map((key) => ({ key, location: `nfs.example:/${key}` }))
const tenantWith = (...keys: string[]) =>
  tenantInput({
    autofs: {
      maps: [
        { name: 'home', source: 'EFS' },
        { name: 'tools', entries: entries(...keys) },
      ],
    },
  })

let lab: AddonsLab

beforeAll(async () => {
  const made = await addonsLab()
  lab = made
  vi.stubEnv('PULUMI_HOME', made.home)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await lab?.[Symbol.asyncDispose]()
})

const maps = { name: 'autofs-maps', namespace: 'cratekube-system' }
const agents = { name: 'autofs', namespace: 'cratekube-system' }
const operator = { name: 'cratekube-loadtest', namespace: 'cratekube-loadtest' }

function changesOf(result: OperationResult): string[] {
  if (result.status !== 'succeeded') throw new Error(JSON.stringify(result))
  return Object.keys(result.changes).toSorted()
}

test.each<Way>([
  { engine: 'cli', provider: 'plugin' },
  { engine: 'embedded', provider: 'plugin' },
  { engine: 'embedded', provider: 'double in process' },
])('lives by $engine with the $provider', async (way) => {
  const { kube } = lab
  const tenant = tenantWith('bin')
  const run = async (kind: 'up' | 'preview' | 'refresh' | 'destroy', o = {}) =>
    await lab.run(way, { kind, tenant, ...o })

  expect(changesOf(await run('up'))).toEqual(['create'])
  expect((await kube.get(core.daemonSet, agents.name, agents.namespace))?.status).toMatchObject({
    numberReady: 1,
  })
  for (const kind of ['up', 'preview', 'refresh'] as const)
    expect(changesOf(await run(kind)), kind).toEqual(['same'])

  const before = await kube.get(core.configMap, maps.name, maps.namespace)
  const grown = { tenant: tenantWith('bin', 'lib') }
  expect(changesOf(await run('up', grown))).toEqual(['same', 'update'])
  const after = await kube.get(core.configMap, maps.name, maps.namespace)
  expect(after?.data?.['auto.tools']).toContain('lib')
  expect(after?.metadata.uid).toBe(before?.metadata.uid)

  await kube.patch(core.configMap, maps, { data: { 'auto.tools': 'by hand' } }, { type: 'merge' })
  await kube.patch(core.deployment, operator, { spec: { replicas: 0 } }, { type: 'merge' })
  await kube.delete(core.daemonSet, agents)
  expect(changesOf(await run('up', { ...grown, refresh: true }))).toContain('create')
  expect((await kube.get(core.configMap, maps.name, maps.namespace))?.data).toEqual(after?.data)
  expect(await kube.get(core.daemonSet, agents.name, agents.namespace)).toBeDefined()
  expect(
    (await kube.get(core.deployment, operator.name, operator.namespace))?.spec?.['replicas'],
  ).not.toBe(0)
  expect(changesOf(await run('up', { ...grown, refresh: true }))).toEqual(['same'])

  const away = { kubeconfig: lab.kubeconfig.replace(/server: .*/, 'server: https://127.0.0.1:9') }
  for (const kind of ['up', 'refresh', 'destroy'] as const)
    expect(await run(kind, { ...away, refresh: true }), kind).toMatchObject({
      status: 'failed',
      fault: { code: 'Unreachable', retryable: true },
    })

  changesOf(await run('destroy', { refresh: true }))
  expect(await kube.get(core.namespace, 'cratekube-system')).toBeUndefined()
  expect(await kube.get(core.crd, 'locusttests.locust.io')).toBeDefined()
})

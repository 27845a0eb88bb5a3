// What follows from the list of kinds, by a kind more: CRD, chart, reference, rights, reasons and the wiring of the manager.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { kinds, type KindEntry } from '../../../operator/api/kinds.ts'
import { wait } from '../../../operator/api/faults/reason.ts'
import { customResourceDefinition } from '../../../operator/api/schema/crd.ts'
import {
  tenantCluster,
  type TenantClusterSpec,
} from '../../../operator/api/tenant/tenant-cluster.ts'
import {
  startControllers,
  type ManagerTools,
  type StartController,
} from '../../../operator/controllers/index.ts'
import { settled, type Kind } from '../../../operator/framework/index.ts'
import { harness } from '../../../operator/framework/testing/index.ts'
import { generated } from '../../../operator/generate/generate.ts'
import { minimalSpec } from '../../support/tenant-cluster.ts'

const root = join(import.meta.dirname, '../../..')
const names = { group: 'cratekube.io', version: 'v1alpha1', kind: 'Wish', plural: 'wishes' }
const wish: KindEntry = {
  plural: names.plural,
  definition: customResourceDefinition({
    ...names,
    shortNames: [],
    categories: [],
    spec: z.object({ version: z.string().describe('What is wished for.') }),
    status: z.object({ granted: z.boolean().optional() }),
    columns: [],
    rules: [
      { rule: "self.metadata.name != 'x'", message: 'metadata.name: expected another than x' },
    ],
  }),
  chart: 'cratekube',
  reference: 'wish.md',
  version: names.version,
  rights: {
    manager: { object: ['get', 'list', 'watch'] },
    'manager-tenants': { status: ['patch'] },
  },
  reasons: { Wishing: wait('Nobody has heard the wish yet.') },
}
const files = generated([...kinds, wish])

test('a kind more has its CRD in both places', () => {
  const text = files['crds/wishes.yaml'] ?? ''
  expect(files['charts/cratekube/crds/wishes.yaml']).toBe(text)
  expect(load(text)).toEqual(wish.definition)
})

test('a kind more has a page of reference and its reasons', () => {
  const page = files['docs/reference/wish.md']
  expect(page).toContain('# Wish (`cratekube.io/v1alpha1`)')
  expect(page).toContain('`kubectl explain wish.spec`')
  expect(page).toContain('- metadata.name: expected another than x')
  expect(page).toContain('| `spec.version` | string, required | What is wished for. |')
  expect(page).toContain('| `status.granted` | boolean |')
  expect(files['docs/reference/reasons.md']).toContain(
    '## Conditions of a Wish\n\n| reason | outcome | meaning | what to do |\n|---|---|---|---|\n| `Wishing` | Under way | Nobody has heard the wish yet. |',
  )
})

test('a kind whose conditions have words of their own has a table of each', () => {
  const page = files['docs/reference/reasons.md'] ?? ''
  expect(page).toContain('## Conditions of a LocustTest\n\n\n### Ready\n\n| reason |')
  expect(page).toContain('\n### PodsHealthy\n')
})

const rightsOf = (chart: string, role: string): unknown => {
  const text = files[`charts/${chart}/templates/_kinds.tpl`] ?? ''
  const [, rules = ''] =
    new RegExp(`define "kinds.${role}" -}}\\n(.*?){{- end`, 's').exec(text) ?? []
  return load(rules)
}

test('a kind more gives the roles of its chart their rights, and no other', () => {
  const apiGroups = ['cratekube.io']
  const looks = { apiGroups, verbs: ['get', 'list', 'watch'] }
  expect(rightsOf('cratekube', 'manager')).toEqual([
    { ...looks, resources: ['tenantclusters', 'wishes'] },
  ])
  expect(rightsOf('cratekube', 'worker')).toEqual([{ ...looks, resources: ['tenantclusters'] }])
  expect(rightsOf('cratekube', 'manager-tenants')).toEqual([
    {
      apiGroups,
      verbs: ['patch'],
      resources: ['tenantclusters', 'tenantclusters/status', 'wishes/status'],
    },
    { apiGroups, verbs: ['update'], resources: ['tenantclusters/finalizers'] },
  ])
  expect(JSON.stringify(rightsOf('cratekube-loadtest', 'loadtest'))).not.toContain('wishes')
})

test('templates of the charts take in the rights of every role', () => {
  for (const chart of ['cratekube', 'cratekube-loadtest']) {
    const rbac = readFileSync(join(root, `charts/${chart}/templates/rbac.yaml`), 'utf8')
    const definitions = files[`charts/${chart}/templates/_kinds.tpl`] ?? ''
    // That of manager and worker is one template.
    const text = rbac.replace('(printf "kinds.%s" $component)', '"kinds.manager" "kinds.worker"')
    for (const [name] of definitions.matchAll(/"kinds\.[a-z-]+"/g))
      expect(text, chart).toContain(name)
  }
})

const wishKind: Kind<{ version: string }, { granted?: boolean }> = { ...names, namespaced: true }
const tenantKind: Kind<TenantClusterSpec> = tenantCluster

/** As the controller of any kind beside TenantCluster: what it wants of the cloud, it writes into one. */
const wishes: StartController = (operator) => {
  operator.for(wishKind).reconcile(async (c) => {
    const { name, namespace = '' } = c.obj.metadata
    const spec = { ...minimalSpec, kubernetesVersion: c.obj.spec.version }
    await c.kube.apply(
      tenantKind,
      { metadata: { name, namespace }, spec },
      { fieldManager: 'wishes' },
    )
    c.status({ granted: true })
    return settled
  })
  return { [Symbol.dispose]: () => void ended.push('wishes') }
}
const ended: string[] = []

test('the manager starts the controllers of all kinds, and ends them', async () => {
  const lab = harness({ kinds: [wishKind, tenantKind] })
  const tools = {} as ManagerTools // nothing of them is asked for here
  let started: Disposable | undefined
  const { ended: over } = lab.start((op) => (started = startControllers(op, tools, { wishes })))
  const metadata = { name: 'one', namespace: 'default' }
  await lab.user.create(wishKind, { metadata, spec: { version: '1.36' } })
  await lab.clock.advance(1_000)
  const made = await lab.user.get(tenantKind, 'one', 'default')
  expect(made?.spec.kubernetesVersion).toBe('1.36')
  expect((await lab.user.get(wishKind, 'one', 'default'))?.status).toMatchObject({ granted: true })
  await lab.shutDown(over)
  started?.[Symbol.dispose]()
  expect(ended).toEqual(['wishes'])
})

test('nothing but TenantCluster has operations', () => {
  const operator = join(root, 'operator')
  const importers = readdirSync(operator, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.startsWith('jobs/'))
    .filter((path) => /from '(\.\.\/)+jobs\//.test(readFileSync(join(operator, path), 'utf8')))
  const rooms = importers.map((path) => path.split('/').slice(0, 2).join('/'))
  expect([...new Set(rooms)].filter((room) => !room.startsWith('bin/'))).toEqual([
    'controllers/tenant-cluster',
  ])
})

// The conformance table: each entry is one operation, played in order on ONE stack ("dev" of project "proj"). What
// the official CLI did is recorded in test/fixtures/engine; after a change here it has to be recorded anew (recording.test.ts).
import pulumi from '@pulumi/pulumi'
import type { Program } from './stack-harness.ts'

export type Scenario = {
  label: string
  operation: 'up' | 'preview' | 'refresh' | 'destroy'
  program: Program
  options?: { refresh?: boolean; expectNoChanges?: boolean; replace?: string[] }
  /** Ids that the provider no longer finds. */
  gone?: string[]
  /** Ids that the provider fails to delete. */
  undeletable?: string[]
}

export class Thing extends pulumi.CustomResource {
  declare readonly arn: pulumi.Output<string>
  constructor(name: string, props: pulumi.Inputs = {}, options: pulumi.CustomResourceOptions = {}) {
    super('fake:index:Thing', name, { arn: undefined, ...props }, options)
  }
}
class FakeProvider extends pulumi.ProviderResource {
  constructor(name: string, props: pulumi.Inputs) {
    super('fake', name, props)
  }
}
class Group extends pulumi.ComponentResource {
  constructor(type: string, name: string, options: pulumi.ComponentResourceOptions = {}) {
    super(type, name, {}, options)
  }
  /** Public here: the scenarios build components from outside. */
  close(outputs: pulumi.Inputs = {}): void {
    this.registerOutputs(outputs)
  }
}

const named = (
  name: string,
  props: pulumi.Inputs = {},
  options: pulumi.CustomResourceOptions = {},
) => new Thing(name, { name, ...props }, options)

type Part = { props?: pulumi.Inputs; options?: pulumi.CustomResourceOptions }

/** Three things in a row: b takes its input from a, c comes after both. */
const row =
  (change: { a?: Part; b?: Part; c?: Part | 'none' } = {}): Program =>
  async () => {
    const a = named('a', { size: 1, ...change.a?.props }, change.a?.options)
    const b = named('b', { name: 'b', ref: a.arn, ...change.b?.props }, change.b?.options)
    if (change.c !== 'none')
      named('c', { size: 1, ...change.c?.props }, { dependsOn: [a, b], ...change.c?.options })
    return { a: a.arn, b: b.arn }
  }

const deleteFirst = { dbr: true }
const a5 = { size: 9, name: 'a5', ...deleteFirst }
/** What the row is from the fifth replacement on, with changes to `size` ignored. */
const settled = {
  a: { props: a5, options: { ignoreChanges: ['size'] } },
  b: { props: { name: 'b2', ...deleteFirst } },
}
const empty: Program = async () => ({})

const component =
  (region: string, returnAll: boolean): Program =>
  async () => {
    const provider = new FakeProvider('prov', { region })
    const group = new Group('my:c:C', 'cc', { providers: [provider] })
    const x = named('ccx', {}, { parent: group })
    const secret = { ref: x.arn, pw: pulumi.secret('q') }
    const y = named('ccy', secret, { parent: group, additionalSecretOutputs: ['arn'] })
    group.close({ y: y.arn })
    return returnAll ? { y: y.arn, n: null, u: undefined, e: {} } : { y: y.arn }
  }

/** A component with one child that is named after it. */
const family =
  (type: string, name: string, options: pulumi.ComponentResourceOptions = {}): Program =>
  async () => {
    const group = new Group(type, name, options)
    named(`${name}-x`, { name: 'fx' }, { parent: group })
    group.close()
    return {}
  }

const four =
  (parts: {
    p1?: pulumi.Inputs
    p2?: pulumi.Inputs
    p3?: pulumi.Inputs
    deletedWith?: boolean
  }): Program =>
  async () => {
    named('p1', parts.p1)
    named('p2', parts.p2)
    const p3 = named('p3', parts.p3)
    named('p4', { ref: p3.arn }, parts.deletedWith ? { deletedWith: p3 } : {})
    return {}
  }

/** A provider whose configuration comes from a resource, and two things on it. */
const onProvider =
  (name: string, o: { rg?: pulumi.Inputs; config?: pulumi.Inputs } = {}): Program =>
  async () => {
    const rg = named('rg', o.rg)
    const provider = new FakeProvider(name, { region: rg.arn, ...o.config })
    const k1 = named('k1', {}, { provider })
    named('k2', { ref: k1.arn }, { provider })
    return { x: k1.arn }
  }

/** A program of registrations only. */
const make =
  (register: () => void): Program =>
  async () => {
    register()
    return {}
  }

const up = (label: string, program: Program, more: Partial<Scenario> = {}): Scenario => ({
  label,
  operation: 'up',
  program,
  ...more,
})
const preview = (label: string, program: Program): Scenario => ({
  label,
  operation: 'preview',
  program,
})
const readGet = make(() => {
  const external = new Thing('g', {}, { id: 'ext-1' })
  named('k', { ref: external.arn })
})
const formerlyA = { aliases: [{ name: 'a' }] }

export const scenarios: Scenario[] = [
  up('create', row()),
  up('noop', row()),
  preview('preview-update', row({ a: { props: { size: 2 } } })),
  up('update', row({ a: { props: { size: 2 } } })),
  preview('preview-replace', row({ a: { props: { size: 2, name: 'a2' } } })),
  up('replace-cbd', row({ a: { props: { size: 2, name: 'a2' } } })),
  up('replace-dbr', row({ a: { props: { size: 2, name: 'a3', ...deleteFirst } } })),
  up(
    'replace-dbr-opt',
    row({ a: { props: { size: 2, name: 'a4' }, options: { deleteBeforeReplace: true } } }),
  ),
  up(
    'dbr-dep-replace',
    row({ a: { props: { size: 2, name: 'a5', ...deleteFirst } }, b: settled.b }),
  ),
  up(
    'replaceOnChanges',
    row({
      a: { props: { ...a5, size: 3 }, options: { replaceOnChanges: ['size'] } },
      b: settled.b,
    }),
  ),
  up('ignoreChanges', row(settled)),
  up('delete-one', row({ ...settled, c: 'none' })),
  up('fail-create', row({ ...settled, c: { props: { fail: 'create' } } })),
  up('init-fail', row({ ...settled, c: { props: { fail: 'init' } } })),
  up('init-retry', row(settled)),
  up('fail-update', row({ ...settled, c: { props: { fail: 'update' } } })),
  up('bad-check', row({ ...settled, c: { props: { bad: 1 } } })),
  up('fail-delete', row({ ...settled, c: 'none' }), { undeletable: ['id-c'] }),
  up('recreate-c', row()),
  up('fail-del2', row({ c: 'none' }), { undeletable: ['id-c-c'] }),
  { label: 'refresh-gone', operation: 'refresh', program: row(), gone: ['id-b-b'] },
  up('protect', row({ a: { options: { protect: true } }, c: 'none' })),
  { label: 'protect-delete', operation: 'destroy', program: row() },
  up(
    'protect-replace',
    row({ a: { props: { name: 'zz' }, options: { protect: true } }, c: 'none' }),
  ),
  up(
    'unprotect-alias',
    make(() => {
      named('anew', { name: 'a5' }, formerlyA)
      named('r', {}, { retainOnDelete: true })
      named('b')
    }),
  ),
  up(
    'retain',
    make(() => {
      named('anew', { name: 'a5' }, formerlyA)
      named('b')
    }),
  ),
  up('comp', component('r1', true)),
  up('comp-provchange', component('r2', false)),
  up('throw', async () => {
    named('k')
    throw new Error('program threw')
  }),
  up('readget', readGet),
  up(
    'import',
    make(() => void named('imp', {}, { import: 'ext-9' })),
  ),
  up('import-dropped', readGet),
  up('cascade-alias1', family('my:c:C', 'par')),
  up('cascade-alias2', family('my:c:C', 'par2', { aliases: [{ name: 'par' }] })),
  up('alias-type', family('my:c:D', 'par2', { aliases: [{ type: 'my:c:C' }] })),
  up(
    'par-fail',
    four({ p1: { delay: 300 }, p2: { delay: 50, fail: 'create' }, p3: { delay: 300 } }),
  ),
  up('par-fix', four({ deletedWith: true })),
  up(
    'deletedWith',
    make(() => void named('p1')),
  ),
  preview('prov-unknown-preview', onProvider('pk')),
  up('prov-unknown', onProvider('pk')),
  preview('prov-rename', onProvider('pk2')),
  up('prov-upd', onProvider('pk', { rg: { size: 4 }, config: { x: '1' } })),
  up(
    'dup-urn',
    // One after the other: at once, the official engine makes the first or stops before it.
    make(() => void named('z', {}, { dependsOn: [named('z')] })),
  ),
  up(
    'reparent',
    make(() => {
      const group = new Group('my:c:E', 'newpar')
      named('rg', { size: 4 }, { parent: group, aliases: [{ parent: pulumi.rootStackResource }] })
      group.close()
    }),
  ),
  up(
    'up-refresh',
    make(() => {
      named('rg', { size: 4 }, { aliases: [{ parent: 'urn:pulumi:dev::proj::my:c:E::newpar' }] })
      named('k9')
    }),
    { options: { refresh: true }, gone: ['id-rg-rg'] },
  ),
  up('secret-toggle', async () => {
    named('k9', { pw: pulumi.secret({ a: [1, 's'] }) })
    return { s: pulumi.secret(1), deep: [{ x: pulumi.secret('y') }] }
  }),
  up(
    'expect-no-changes',
    async () => {
      named('k9', { pw: pulumi.secret({ a: [1, 't'] }) })
      return { s: 2 }
    },
    { options: { expectNoChanges: true } },
  ),
  up(
    'replace-opt',
    make(() => void named('k9', { pw: 'plain' })),
    {
      options: { replace: ['urn:pulumi:dev::proj::fake:index:Thing::k9'] },
    },
  ),
  { label: 'destroy', operation: 'destroy', program: empty },
]

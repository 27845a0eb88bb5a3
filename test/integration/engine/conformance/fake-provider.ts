// The provider of the conformance scenarios: in this process for the embedded engine, and as a plugin
// (serve-fake.ts) for the official CLI. It logs every call; inputs tell it to fail, to wait or to be replaced.
import { setTimeout as wait } from 'node:timers/promises'
import {
  InitError,
  type EngineProvider,
} from '../../../../operator/engine/embedded/providers/provider.ts'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { plain } from '../../../../operator/engine/embedded/values/values.ts'

export type Call = [method: string, ...args: unknown[]]

export type FakeWorld = {
  calls: Call[]
  /** Ids that read does not find. */
  gone: string[]
  /** Ids that delete fails on. */
  undeletable: string[]
}

const clear = (props: Props) => plain(props) as Props
const nameOf = (urn: string) => urn.split('::').at(-1) ?? ''
const arnOf = (inputs: Props) => `arn:fake:${String(inputs['name'])}`

/** `calls` is told every call: a list, or what writes them down. */
export function fakeProvider(
  world: Omit<FakeWorld, 'calls'> & { calls: { push(call: Call): unknown } },
): EngineProvider {
  const log = (...call: Call) => void world.calls.push(structuredClone(call))
  return {
    version: '1.2.3',
    async check(urn, olds, news) {
      log('check', urn, olds, news)
      const failures = clear(news)['bad'] ? [{ property: 'bad', reason: 'bad is not allowed' }] : []
      return { inputs: news, failures }
    },
    async diff({ id, urn }, olds, news) {
      log('diff', id, urn, olds, news)
      const [left, right] = [clear(olds), clear(news)]
      const changed = Object.keys(right).filter(
        (key) => JSON.stringify(left[key]) !== JSON.stringify(right[key]),
      )
      return {
        changes: changed.length > 0,
        replaces: changed.filter((key) => key === 'name'),
        deleteBeforeReplace: Boolean(right['dbr']),
      }
    },
    async create(urn, inputs) {
      log('create', urn, inputs)
      const values = clear(inputs)
      if (values['fail'] === 'create') throw new Error('boom create')
      if (values['fail'] === 'init') {
        throw new InitError('init failed', {
          id: `id-${nameOf(urn)}`,
          properties: { ...values, arn: 'arn:x' },
          reasons: ['not ready'],
        })
      }
      if (typeof values['delay'] === 'number') await wait(values['delay'])
      const id = `id-${nameOf(urn)}-${String(values['name']).replaceAll(/[^a-z0-9]/g, '')}`
      return { id, outputs: { ...inputs, arn: arnOf(values) } }
    },
    async update({ id, urn }, olds, news) {
      log('update', id, urn, olds, news)
      if (clear(news)['fail'] === 'update') throw new Error('boom update')
      return { outputs: { ...news, arn: arnOf(clear(news)) } }
    },
    async read({ id, urn }, outputs) {
      log('read', id, urn, outputs)
      if (world.gone.includes(id)) return {}
      return { id, outputs: { ...outputs, arn: arnOf(clear(outputs)) }, inputs: outputs }
    },
    async delete({ id, urn }, outputs) {
      log('delete', id, urn, outputs)
      if (world.undeletable.includes(id)) throw new Error('boom delete')
    },
    async invoke(token, args) {
      log('invoke', token, args)
      return { outputs: { region: 'us-west-2', echo: args } }
    },
  }
}

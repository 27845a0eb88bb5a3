// The Pulumi provider of the cloud `test`, for the embedded engine: every type of resource is one of the cloud's own.
import type { EngineProvider } from '../../../operator/engine/embedded/providers/provider.ts'
import type { Props } from '../../../operator/engine/embedded/values/props.ts'
import { urnType } from '../../../operator/engine/embedded/state/urn.ts'
import type { Credentials } from '../../../operator/provider/contract.ts'
import { cloudOf } from './client.ts'
import { kindOf } from './runner.ts'

/** What cannot be changed where it stands. */
const fixed = new Set(['name', 'uid', 'place', 'network', 'cluster'])

export const version = '1.0.0'

export function testPlugin(env: Partial<Credentials>): EngineProvider {
  const cloud = cloudOf(env)
  const typeOf = (urn: string) => kindOf(urnType(urn))
  return {
    version,
    diff: async (_resource, _outputs, news, { oldInputs }) => {
      const keys = new Set([...Object.keys(oldInputs), ...Object.keys(news)])
      const diffs = [...keys].filter((key) => !isSame(oldInputs[key], news[key]))
      const replaces = diffs.filter((key) => fixed.has(key))
      return { changes: diffs.length > 0, diffs, replaces, deleteBeforeReplace: true }
    },
    create: async (urn, inputs) => {
      const { outputs } = await cloud.make(typeOf(urn), inputs)
      return { id: String(inputs['name']), outputs }
    },
    read: async ({ urn, id }) => {
      const found = await cloud.find(typeOf(urn), id)
      return found ? { id, ...found } : {}
    },
    update: async ({ urn, id }, _outputs, news) => await cloud.change(typeOf(urn), id, news),
    delete: async ({ urn, id }) => void (await cloud.remove(typeOf(urn), id)),
  }
}

const isSame = (a: Props[string], b: Props[string]) => JSON.stringify(a) === JSON.stringify(b)

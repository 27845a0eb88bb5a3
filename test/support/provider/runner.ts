// The provider `test` in the runner, whose environment has the tenant's credentials.
import process from 'node:process'
import type { Fault } from '../../../operator/api/faults/fault.ts'
import { recreateAnnotation } from '../../../operator/api/tenant/stack.ts'
import type { Credentials, RunnerFace, StateRecord } from '../../../operator/provider/contract.ts'
import { cloudOf, refused } from './client.ts'
import { placeOf } from './spec.ts'

const cloud = (signal?: AbortSignal) => cloudOf(process.env as Partial<Credentials>, signal)

export const testRunner: RunnerFace = {
  preload: async () => undefined,
  findCreated: async (type, { name }, { uid }, signal) => {
    const found = await cloud(signal).find(kindOf(type), String(name))
    return found?.inputs['uid'] === uid ? String(name) : undefined
  },
  asMade: async (tenant) => tenant,
  refusal: async ({ destroys, recreates }, records) => {
    const made = records.find(({ type }) => type === 'test:index:Cluster')
    if (!made || destroys) return undefined
    const { name, madeAt } = made['outputs'] as { name: string; madeAt: string } // of cloud.ts
    const there = await cloud().find('Cluster', name)
    const consent = `${name}@${madeAt}`
    const isSame = there?.outputs['madeAt'] === madeAt
    return isSame || (!there && recreates === consent) ? undefined : lost(name, consent)
  },
  unaccounted: async ({ uid }, records, signal) => {
    const known = new Set(records.map(idOf))
    const found = await cloud(signal).list(uid)
    return found
      .map(({ type, id }) => ({ type: `test:index:${type}`, id }))
      .filter((one) => !known.has(idOf(one)))
  },
  explanations: async ({ spec }) => ({
    wrapped: [],
    causes: [refused],
    vague: [],
    inputPathOf: () => undefined,
    place: placeOf(spec),
  }),
}

/** Such as Cluster of test:index:Cluster. */
export const kindOf = (type: string): string => type.split(':').at(-1) ?? ''

const idOf = ({ type, id }: StateRecord) => `${String(type)} ${String(id)}`

const lost = (name: string, consent: string): Fault => ({
  code: 'ClusterLost',
  message: `test cluster ${name} is gone, and all that was in it`,
  value: consent,
  action: `Annotate the TenantCluster with ${recreateAnnotation}=${consent}.`,
  retryable: false,
})

// What a runner runs, of whichever provider the tenant is on: the engine's `programsModule`.
import type { ProgramsModule } from '../../engine/operation.ts'
import { chosen } from '../choose.ts'
import type { ProviderFaults, RunnerFace } from '../contract.ts'

export type RunnerParts = {
  programs: ProgramsModule['programs']
  plugins: NonNullable<ProgramsModule['plugins']>
  runners: Readonly<Record<string, RunnerFace>>
  /** What is known of errors of add-ons, on every provider. */
  addonFaults: ProviderFaults['causes']
}

export function programsModule({ programs, plugins, runners, addonFaults }: RunnerParts) {
  const faceOf = chosen(runners)
  return {
    programs,
    plugins,
    preload: async () => {
      await Promise.all(Object.values(runners).map((face) => face.preload()))
    },
    findCreated: async (type, inputs, tenant, signal) =>
      await faceOf(tenant.spec).findCreated(type, inputs, tenant, signal),
    asMade: async ({ program, tenant }, records) =>
      program !== 'cloud' || records.length === 0
        ? tenant
        : await faceOf(tenant.spec).asMade(tenant, records),
    /** Add-ons are in a cluster that the cloud stack answers for. */
    refusal: async ({ program, kind, tenant, recreates }, records) => {
      if (program !== 'cloud' || records.length === 0) return undefined
      const destroys = kind === 'destroy'
      const changes = kind === 'up' || kind === 'preview'
      return await faceOf(tenant.spec).refusal({ tenant, destroys, changes, recreates }, records)
    },
    /** All of it is in the cloud. */
    unaccounted: async (tenant, records, signal) => {
      const found = await faceOf(tenant.spec).unaccounted(tenant, records, signal)
      return found.map(({ type, id }) => ({ op: 'lose sight of', type, name: id, fields: [] }))
    },
    explanations: async (tenant) => {
      const known = await faceOf(tenant.spec).explanations(tenant)
      return { ...known, causes: [...addonFaults, ...known.causes] }
    },
  } satisfies ProgramsModule
}

// What follows from the list of add-ons: the fields of the spec, their settings, their part in the catalogue of reasons.
// Below the schema of TenantCluster, which is made of it: knows nothing of a tenant but its settings.
import type { z } from 'zod'
import * as all from './all.ts'
import type { Addon } from './contract.ts'

/** As it stands in the list. */
export type ListedAddon = Addon & { name: string; field: string }

/** By name. */
export const addons: readonly ListedAddon[] = listed(all)

export function listed(list: Readonly<Record<string, Addon>>): ListedAddon[] {
  return Object.entries(list)
    .map(([name, addon]) => ({ ...addon, name, field: `${addon.place}.${name}` }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

type All = typeof all
type SchemasAt<Place> = {
  [Name in keyof All as All[Name]['place'] extends Place ? Name : never]: All[Name]['schema']
}

/** The fields that the add-ons bring to a part of the spec. */
export function schemasAt<Place extends Addon['place']>(place: Place): SchemasAt<Place> {
  const there = addons.filter((addon) => addon.place === place)
  const schemas = there.map(({ name, schema }): [string, z.ZodType] => [name, schema])
  return Object.fromEntries(schemas) as SchemasAt<Place> // the same choice, made of types
}

/** A spec as far as add-ons go, whatever is in it. */
export type AddonsSpec = { addons?: object }

/** Undefined where the spec does not ask for the add-on. */
export function settingsOf(addon: ListedAddon, spec: AddonsSpec): object | undefined {
  const place: object = (addon.place === 'spec' ? spec : spec.addons) ?? {}
  const settings = (place as Record<string, unknown>)[addon.name]
  const isGiven = typeof settings === 'object' && settings !== null
  return isGiven && addon.isOn(settings) ? settings : undefined
}

/** The types of their conditions, each once. */
export const addonConditions = (list: readonly ListedAddon[]): `${string}Ready`[] => [
  ...new Set(list.map(({ condition }) => condition.type)),
]

/** For the catalogue; add-ons that share a reason tell it one after the other. */
export function addonReasons(
  list: readonly ListedAddon[],
): Record<`${string}NotReady`, { summary: string; advice: string }> {
  const byReason = Object.groupBy(list, ({ condition }) => condition.reason)
  return Object.fromEntries(
    Object.entries(byReason).map(([reason, sharers = []]) => [
      reason,
      {
        summary: sharers.map(({ condition }) => condition.summary).join(' '),
        advice: sharers.map(({ condition }) => condition.advice).join(' '),
      },
    ]),
  )
}

// What the administrator of the operator allows a test to ask for, whoever wrote it, held against a test when it begins.
// The chart's ValidatingAdmissionPolicy says the same at admission; this is for where there is none, and for tests that
// were there before a limit. A test of both holds them to the same words.
import type { LocustTestSpec } from '../../api/locust/locust-types.ts'
import { splitCommand } from '../spec/command.ts'

/** undefined: no limit. */
export type Ceilings = {
  workers?: number | undefined
  users?: number | undefined
  durationSeconds?: number | undefined
  /** What images may be called; * stands for anything. */
  images?: string[] | undefined
}

/** One sentence for every ceiling that a valid test would exceed. */
export function ceilingProblems(spec: LocustTestSpec, ceilings: Ceilings): string[] {
  return [
    ...above('spec.worker.replicas', spec.worker.replicas, ceilings.workers),
    ...above('spec.maxDurationSeconds', spec.maxDurationSeconds, ceilings.durationSeconds),
    ...users(spec).flatMap(({ field, count }) => above(field, count, ceilings.users)),
    ...usedImages(spec).flatMap(({ field, image }) => foreign(field, image, ceilings.images)),
  ]
}

/** A test that names no limit gets the administrator's. */
export const durationLimit = (spec: LocustTestSpec, ceilings: Ceilings): number | undefined =>
  spec.maxDurationSeconds ?? ceilings.durationSeconds

const above = (field: string, value: number | undefined, most: number | undefined): string[] =>
  value !== undefined && most !== undefined && value > most
    ? [`${field}: expected at most ${most}, the limit of this operator, got ${value}`]
    : []

function foreign(field: string, image: string, allowed: string[] | undefined): string[] {
  if (!allowed || allowed.some((pattern) => matches(pattern, image))) return []
  return [
    `${field}: expected an image that this operator allows (${allowed.join(', ')}), got ${image}`,
  ]
}

type Image = { field: string; image: string }

/** Whatever the container runtime may be told to fetch: containers of every kind, and volumes made of images. */
const usedImages = (spec: LocustTestSpec): Image[] => [
  { field: 'spec.image', image: spec.image },
  ...inVolumes('spec.volumes', spec.volumes),
  ...(['master', 'worker'] as const).flatMap((mode) => {
    const { podTemplate } = spec[mode]
    const at = `spec.${mode}.podTemplate.spec`
    return [
      ...['initContainers', 'containers', 'ephemeralContainers'].flatMap((list) =>
        inContainers(`${at}.${list}`, podTemplate?.spec?.[list]),
      ),
      ...inVolumes(`${at}.volumes`, podTemplate?.spec?.['volumes']),
    ]
  }),
]

const inContainers = (field: string, containers: unknown): Image[] =>
  texts(field, containers, (one: { image?: unknown } | null) => one?.image)

const inVolumes = (field: string, volumes: unknown): Image[] =>
  texts(
    field,
    volumes,
    (one: { image?: { reference?: unknown } | null } | null) => one?.image?.reference,
  )

const texts = <Item>(field: string, items: unknown, of: (item: Item) => unknown): Image[] =>
  Array.isArray(items)
    ? items
        .map((item: Item) => of(item)) // handed on as the user wrote it: `of` takes any
        .filter((image) => typeof image === 'string')
        .map((image) => ({ field, image }))
    : []

const matches = (pattern: string, image: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`).test(image)

const escaped = (text: string) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')

type Users = { field: string; count: number }

/** Wherever Locust takes the number of users from, but the locustfile and its own web UI. */
function users({ master, env }: LocustTestSpec): Users[] {
  const variables = (env?.variables ?? []).flatMap(({ name, value }) =>
    name === 'LOCUST_USERS'
      ? [{ field: 'spec.env.variables: LOCUST_USERS', count: Number(value) }]
      : [],
  )
  return [
    ...inArguments('spec.master.command', splitCommand(master.command)),
    ...inArguments('spec.master.extraArgs', master.extraArgs ?? []),
    ...variables,
  ]
}

/** Locust takes the beginning of an option for the option. */
const usersFlag = /^(-u|--u(s(e(rs?)?)?)?)$/

function inArguments(field: string, args: string[]): Users[] {
  return args.flatMap((arg, at) => {
    const [flag = '', value] = arg.split('=')
    if (usersFlag.test(flag)) return [{ field, count: Number(value ?? args[at + 1]) }]
    const short = /^-u(\d+)$/.exec(arg)
    return short ? [{ field, count: Number(short[1]) }] : []
  })
}

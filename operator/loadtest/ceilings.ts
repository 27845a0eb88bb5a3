// What the administrator of the operator allows a test to ask for, whoever wrote it.
import type { LocustTestSpec } from '../api/locust-test.ts'
import { splitCommand } from './command.ts'

/** undefined: no limit. */
export type Ceilings = {
  workers?: number | undefined
  users?: number | undefined
  durationSeconds?: number | undefined
  /** What images may be called; * stands for anything. */
  images?: string[] | undefined
}

/** One sentence for every ceiling that the test would exceed. */
export function ceilingProblems(spec: LocustTestSpec, ceilings: Ceilings): string[] {
  return [
    ...above('spec.worker.replicas', spec.worker.replicas, ceilings.workers),
    ...above('spec.maxDurationSeconds', spec.maxDurationSeconds, ceilings.durationSeconds),
    ...users(spec).flatMap(({ field, count }) => above(field, count, ceilings.users)),
    ...imageProblems('spec.image', spec.image, ceilings.images),
  ]
}

/** A test that names no limit gets the administrator's. */
export const durationLimit = (spec: LocustTestSpec, ceilings: Ceilings): number | undefined =>
  spec.maxDurationSeconds ?? ceilings.durationSeconds

const above = (field: string, value: number | undefined, most: number | undefined): string[] =>
  value !== undefined && most !== undefined && value > most
    ? [`${field}: expected at most ${most}, the limit of this operator, got ${value}`]
    : []

export function imageProblems(
  field: string,
  image: string,
  allowed: string[] | undefined,
): string[] {
  if (!allowed || allowed.some((pattern) => matches(pattern, image))) return []
  return [
    `${field}: expected an image that this operator allows (${allowed.join(', ')}), got ${image}`,
  ]
}

const matches = (pattern: string, image: string): boolean =>
  new RegExp(`^${pattern.split('*').map(escaped).join('.*')}$`).test(image)

const escaped = (text: string) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')

type Users = { field: string; count: number }

/** Wherever Locust takes the number of users from, but the locustfile and its own web UI. */
function users({ master, env }: LocustTestSpec): Users[] {
  const variables = (env?.variables ?? []).flatMap(({ name, value }, at) =>
    name === 'LOCUST_USERS'
      ? [{ field: `spec.env.variables[${at}].value`, count: Number(value) }]
      : [],
  )
  return [
    ...inArguments('spec.master.command', splitCommand(master.command)),
    ...inArguments('spec.master.extraArgs', master.extraArgs ?? []),
    ...variables,
  ]
}

function inArguments(field: string, args: string[]): Users[] {
  return args.flatMap((arg, at) => {
    const [flag = '', value] = arg.split('=')
    if (flag === '-u' || flag === '--users')
      return [{ field, count: Number(value ?? args[at + 1]) }]
    const short = /^-u(\d+)$/.exec(arg)
    return short ? [{ field, count: Number(short[1]) }] : []
  })
}

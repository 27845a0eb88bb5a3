// The interval of `@every 1h30m`: a duration as Go writes it. Kubernetes counts in whole seconds, of which it takes at least one.
import { BadCron } from './cron-rule.ts'

const every = '@every '

/** Milliseconds; undefined of an expression that is none. Throws BadCron. */
export function readEvery(expression: string): number | undefined {
  if (!expression.startsWith(every)) return undefined
  const nanoseconds = readDuration(expression.slice(every.length))
  if (nanoseconds === undefined)
    throw new BadCron(`a duration as in @every 1h30m instead of "${expression}"`)
  return Math.max(1, Number(nanoseconds / units['s'])) * 1000
}

const units: Record<string, bigint> & { s: bigint } = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n, // U+00B5, micro
  μs: 1_000n, // U+03BC, mu
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}
/** A number of nanoseconds has 64 bits. */
const longest = 2n ** 63n - 1n

function readDuration(text: string): bigint | undefined {
  const [, sign, parts = ''] = /^([-+]?)(.*)$/su.exec(text) ?? []
  if (parts === '0') return 0n
  if (!/^((\d+(\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h))+$/u.test(parts)) return undefined
  const sum = [...parts.matchAll(/(\d*)\.?(\d*)([^\d.]+)/gu)]
    .map(([, whole = '', fraction = '', unit = '']) => {
      const size = units[unit] ?? 0n // the pattern above has no others
      return BigInt(whole) * size + fractionOf(fraction.slice(0, 18), size)
    })
    .reduce((total, part) => total + part, 0n)
  if (sum > longest) return undefined
  return sign === '-' ? -sum : sum
}

const fractionOf = (digits: string, size: bigint): bigint =>
  (BigInt(digits) * size) / 10n ** BigInt(digits.length)

// Command lines as the Automation API writes them: words, flags with and without values, `--` before positionals.
// A flag that is not known is refused: an engine that ignores what it does not understand does the wrong thing.

export type Arguments = {
  words: string[]
  flags: Map<string, string[]>
  has: (flag: string) => boolean
  value: (flag: string) => string | undefined
}

/** Flags that take no value, and those that do, of one command. */
export type FlagTable = { switches: readonly string[]; values: readonly string[] }

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const everywhere: FlagTable = {
  switches: [
    'non-interactive',
    'yes',
    'suppress-outputs',
    'suppress-progress',
    'logflow',
    'logtostderr',
  ],
  values: ['stack', 'color', 'verbose', 'config-file'],
}

export function parseArguments(args: readonly string[], table: FlagTable): Arguments {
  const switches = new Set([...everywhere.switches, ...table.switches])
  const values = new Set([...everywhere.values, ...table.values])
  const words: string[] = []
  const flags = new Map<string, string[]>()
  const add = (flag: string, value: string) => flags.set(flag, [...(flags.get(flag) ?? []), value])
  for (let at = 0; at < args.length; at += 1) {
    const arg = args[at] ?? ''
    if (arg === '--') {
      words.push(...args.slice(at + 1))
      break
    }
    if (!arg.startsWith('--')) {
      words.push(arg)
      continue
    }
    const { name, value } = splitFlag(arg)
    if (value !== undefined && (switches.has(name) || values.has(name))) add(name, value)
    else if (switches.has(name)) add(name, 'true')
    else if (values.has(name)) add(name, args[(at += 1)] ?? missing(name))
    else
      throw new UsageError(
        `the embedded engine does not know the flag --${name}: use the official Pulumi CLI for it`,
      )
  }
  return {
    words,
    flags,
    has: (flag) => flags.has(flag) && flags.get(flag)?.at(-1) !== 'false',
    value: (flag) => flags.get(flag)?.at(-1),
  }
}

function splitFlag(arg: string): { name: string; value?: string } {
  const at = arg.indexOf('=')
  return at < 0 ? { name: arg.slice(2) } : { name: arg.slice(2, at), value: arg.slice(at + 1) }
}

function missing(flag: string): never {
  throw new UsageError(`flag needs an argument: --${flag}`)
}

// What `framework run` was asked for: arguments in, a plan out. A mistake is answered with the flag that has it.
import { parseArgs } from 'node:util'

export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export type RunPlan = {
  /** Programs, all on one operator. */
  files: string[]
  kubeconfig?: string
  context?: string
  /** Names and patterns of namespaces; all of them when there are none. */
  namespaces: string[]
  /** Whom it shares the work with; alone when left out. */
  lease?: { namespace: string; name: string }
  health?: { host: string; port: number }
  level: 'debug' | 'info' | 'warn'
  format: 'plain' | 'json'
  /** Starts again when a file is saved. */
  watch: boolean
}

export const usage = `usage: framework run FILE… [options]

  --kubeconfig FILE      the cluster; KUBECONFIG, the pod's own account or ~/.kube/config by default
  --context NAME         of the kubeconfig; its current one by default
  -n, --namespace NAME   serve this namespace, or those that a pattern means: 'shop-*,!shop-old'; may be repeated
  -A, --all-namespaces   serve all of them, as it does when no namespace is given
  --lease NAMESPACE/NAME work only while this Lease is held; without it nobody else may run
  --liveness HOST:PORT   serve /healthz, /readyz and /metrics there
  -w, --watch            start again when a file is saved
  --log-format FORMAT    plain or json; plain on a terminal by default
  -v, --verbose          log what it does in detail
  -q, --quiet            log warnings and errors only
`

const options = {
  kubeconfig: { type: 'string' },
  context: { type: 'string' },
  namespace: { type: 'string', short: 'n', multiple: true },
  'all-namespaces': { type: 'boolean', short: 'A' },
  lease: { type: 'string' },
  liveness: { type: 'string' },
  watch: { type: 'boolean', short: 'w' },
  'log-format': { type: 'string' },
  verbose: { type: 'boolean', short: 'v' },
  quiet: { type: 'boolean', short: 'q' },
} as const

/** `args` follow the word `run`. */
export function readCommandLine(args: string[], o: { terminal?: boolean } = {}): RunPlan {
  const { values, positionals } = parsed(args)
  if (positionals.length === 0) throw new UsageError('FILE: expected a program to run, got none')
  return {
    files: positionals,
    ...given('kubeconfig', text('--kubeconfig', values.kubeconfig)),
    ...given('context', text('--context', values.context)),
    namespaces: namespacesOf(values.namespace ?? [], values['all-namespaces'] ?? false),
    ...given('lease', leaseOf(values.lease)),
    ...given('health', addressOf(values.liveness)),
    level: levelOf(values),
    format: formatOf(values['log-format'], o.terminal ?? false),
    watch: values.watch ?? false,
  }
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    // Node's message begins with the flag: Unknown option '--foo'.
    throw new UsageError((error as Error).message, { cause: error })
  }
}

function text(flag: string, value: string | undefined): string | undefined {
  if (value === '') throw new UsageError(`${flag}: expected a value, got nothing`)
  return value
}

/** As in a namespace's name, with the signs of a pattern. */
const pattern = /^!?[a-z0-9*?-]+$/

function namespacesOf(namespaces: string[], all: boolean): string[] {
  if (all && namespaces.length > 0)
    throw new UsageError(
      '--namespace: expected none beside --all-namespaces, which serves them all',
    )
  const patterns = namespaces.flatMap((value) => value.split(','))
  const wrong = patterns.find((one) => !pattern.test(one))
  if (wrong !== undefined)
    throw new UsageError(
      `--namespace: expected a name or a pattern such as 'shop-*', got '${wrong}'`,
    )
  return patterns
}

function leaseOf(value: string | undefined): RunPlan['lease'] {
  if (value === undefined) return undefined
  const [namespace = '', name = '', ...more] = value.split('/')
  if (!namespace || !name || more.length > 0)
    throw new UsageError(`--lease: expected NAMESPACE/NAME, got '${value}'`)
  return { namespace, name }
}

function addressOf(value: string | undefined): RunPlan['health'] {
  if (value === undefined) return undefined
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]+)\]|([^:]+)):(\d+)$/.exec(value) ?? []
  const host = bracketed ?? plain ?? ''
  const port = Number(digits)
  if (!host || !digits || port > 65_535)
    throw new UsageError(`--liveness: expected HOST:PORT, for example 0.0.0.0:8080, got '${value}'`)
  return { host, port }
}

function levelOf({ verbose = false, quiet = false }: { verbose?: boolean; quiet?: boolean }) {
  if (verbose && quiet) throw new UsageError('--quiet: expected it or --verbose, got both')
  if (verbose) return 'debug'
  return quiet ? 'warn' : 'info'
}

function formatOf(value: string | undefined, terminal: boolean): RunPlan['format'] {
  if (value === undefined) return terminal ? 'plain' : 'json'
  if (value !== 'plain' && value !== 'json')
    throw new UsageError(`--log-format: expected plain or json, got '${value}'`)
  return value
}

const given = <Field extends string, Value>(field: Field, value: Value | undefined) =>
  (value === undefined ? {} : { [field]: value }) as { [F in Field]?: Value } // one field or none

// config set | set-all | get | rm, and `config` alone, which lists.
import { parseArguments, type Arguments, type FlagTable } from './arguments.ts'
import type { Command, CommandContext } from './context.ts'
import { openConfig, openSecretsOf, existingStack } from './session.ts'
import { fullKey, writeStackConfig, type ConfigValue, type StackConfig } from './stack-config.ts'
import type { Secrets } from '../state/secrets.ts'

const table = (switches: string[], values: string[] = []): FlagTable => ({ switches, values })

export const configCommands: Record<string, Command> = {
  async 'config set'(args, context) {
    const parsed = parseArguments(args, table(['secret', 'plaintext']))
    const [key = '', value = ''] = parsed.words
    return change(parsed, context, ({ values, secrets, full }) => {
      values[full(key)] = parsed.has('secret') ? { secure: secrets.encrypt(value) } : value
    })
  },

  async 'config set-all'(args, context) {
    const parsed = parseArguments(args, table([], ['secret', 'plaintext']))
    return change(parsed, context, ({ values, secrets, full }) => {
      for (const pair of parsed.flags.get('plaintext') ?? []) {
        const { key, value } = splitPair(pair)
        values[full(key)] = value
      }
      for (const pair of parsed.flags.get('secret') ?? []) {
        const { key, value } = splitPair(pair)
        values[full(key)] = { secure: secrets.encrypt(value) }
      }
    })
  },

  async 'config rm'(args, context) {
    const parsed = parseArguments(args, table([]))
    return change(parsed, context, ({ values, full }) => {
      delete values[full(parsed.words[0] ?? '')]
    })
  },

  async 'config get'(args, context) {
    const parsed = parseArguments(args, table(['json']))
    const { values, secrets, stack, full } = await open(parsed, context)
    const key = full(parsed.words[0] ?? '')
    const value = values[key]
    if (value === undefined)
      throw new Error(`configuration key '${parsed.words[0]}' not found for stack '${stack}'`)
    const shown = show(value, secrets)
    return parsed.has('json') ? JSON.stringify(shown) : shown.value
  },

  async config(args, context) {
    const parsed = parseArguments(args, table(['show-secrets', 'json']))
    const { values, secrets } = await open(parsed, context)
    const shown = Object.entries(values).map(([key, value]) => [key, show(value, secrets)] as const)
    return JSON.stringify(Object.fromEntries(shown))
  },
}

type OpenConfig = {
  values: Record<string, ConfigValue>
  config: StackConfig
  secrets: Secrets
  stack: string
  full: (key: string) => string
}

async function open(parsed: Arguments, context: CommandContext): Promise<OpenConfig> {
  const session = await existingStack(context, parsed.value('stack'))
  const secrets = await openSecretsOf(context, session)
  const config = await openConfig(context, { stack: session.ref.stack, secrets })
  const full = (key: string) => fullKey(session.ref.project, key)
  return { values: { ...config.config }, config, secrets, stack: session.ref.stack, full }
}

async function change(
  parsed: Arguments,
  context: CommandContext,
  edit: (open: OpenConfig) => void,
): Promise<string> {
  const opened = await open(parsed, context)
  edit(opened)
  await writeStackConfig(
    { workDir: context.cwd, stack: opened.stack },
    { ...opened.config, config: opened.values },
  )
  return ''
}

function splitPair(pair: string): { key: string; value: string } {
  const at = pair.indexOf('=')
  if (at < 0) throw new Error(`config values are given as KEY=VALUE, not ${pair}`)
  return { key: pair.slice(0, at), value: pair.slice(at + 1) }
}

const show = (value: ConfigValue, secrets: Secrets) =>
  typeof value === 'string'
    ? { value, secret: false }
    : { value: secrets.decrypt(value.secure), secret: true }

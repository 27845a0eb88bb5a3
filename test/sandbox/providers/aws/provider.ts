// The double of the official aws provider: Pulumi's calls on one side, the table of a resource type on the other.
import {
  type EngineProvider,
  InitError,
  type OperationOptions,
  type ResourceRef,
} from '../../../../operator/engine/embedded/providers/provider.ts'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { urnName, urnType } from '../../../../operator/engine/embedded/state/urn.ts'
import { keepSecrets, unwrapped, plainProps, satisfies } from '../values.ts'
import {
  unknownValue,
  hasUnknown,
  isObject,
} from '../../../../operator/engine/embedded/values/values.ts'
import { checkInputs, diffInputs, sameJson } from './check.ts'
import { parseConfig, unsupportedConfig } from './configuration.ts'
import { AwsContext, Clients } from './context.ts'
import { describeError, sdkText } from './errors.ts'
import { ownTags, tagDifference, tagsOf, withoutSystemTags } from './tags.ts'
import { invokeFunction } from './invokes.ts'
import { typeOf } from './registry.ts'
import type { AwsType, Field, Seconds } from './type.ts'

const VERSION = '7.48.0'
const defaultSeconds: Required<Seconds> = { create: 600, update: 600, delete: 600 }

export function awsProvider(o: { env: Record<string, string | undefined> }): EngineProvider {
  const cancelled = new AbortController()
  let clients: Clients | undefined
  const configured = (): Clients => {
    clients ??= new Clients(parseConfig({}, o.env))
    return clients
  }
  const context = (
    of: { urn: string; region: unknown },
    seconds: number,
    call: { tags?: Record<string, string>; signal?: AbortSignal } = {},
  ) =>
    new AwsContext({
      clients: configured(),
      signal: call.signal ? AbortSignal.any([cancelled.signal, call.signal]) : cancelled.signal,
      timeoutMs: seconds * 1000,
      name: urnName(of.urn),
      ...(call.tags ? { tags: call.tags } : {}),
      ...(typeof of.region === 'string' ? { region: of.region } : {}),
    })

  return {
    version: VERSION,
    supportsPreview: true,

    checkConfig: (_urn, _olds, news) =>
      Promise.resolve({ inputs: news, failures: unsupportedConfig(news) }),

    diffConfig: (_urn, olds, news) => {
      const changed = (key: string) => plainProps(olds)[key] !== plainProps(news)[key]
      const replaces = changed('region') && olds['region'] !== undefined ? ['region'] : []
      const diffs = Object.keys({ ...olds, ...news }).filter(changed)
      return Promise.resolve({ changes: diffs.length > 0, diffs, replaces })
    },

    async configure(inputs) {
      const config = parseConfig(inputs, o.env)
      clients?.close()
      clients = new Clients(config)
      if (config.validate || config.allowedAccountIds.length > 0) await validate(clients, config)
    },

    async check(urn, olds, news) {
      const type = await typeOf(urnType(urn))
      const { defaultTags } = configured().config
      return checkInputs(type, { urn, olds, news, defaultTags })
    },

    async diff(resource, outputs, news, options) {
      const type = await typeOf(urnType(resource.urn))
      const { oldInputs, ignoreChanges } = options
      return diffInputs(type, { outputs: plainProps(outputs), oldInputs, news, ignoreChanges })
    },

    async create(urn, inputs, options) {
      const type = await typeOf(urnType(urn))
      if (options.preview) return { id: '', outputs: { ...inputs } }
      const args = plainProps(inputs)
      const seconds = secondsOf(type, 'create', options)
      const ctx = context({ urn, region: args['region'] }, seconds, {
        tags: tagsOf(args),
        ...signalOf(options),
      })
      const doing = `creating ${type.label} (${nameOf(args, urn)})`
      const id = await type.create(ctx, args).catch((error: unknown) => {
        throw describeError(doing, error)
      })
      const outputs = () => readBack(type, ctx, { id, inputs })
      try {
        await type.ready?.(ctx, id, args)
        return { id, outputs: await outputs() }
      } catch (error) {
        throw await initError(doing, error, { id, fallback: { ...inputs, id }, outputs })
      }
    },

    async read(resource, outputs, inputs) {
      const type = await typeOf(urnType(resource.urn))
      const ctx = context({ urn: resource.urn, region: outputs['region'] }, 60)
      const state = { ...plainProps(inputs), ...plainProps(outputs) }
      const found = await type.read(ctx, resource.id, state).catch((error: unknown) => {
        throw describeError(`reading ${type.label} (${resource.id})`, error)
      })
      if (!found) return {}
      const full = complete(type, ctx, { id: resource.id, inputs: { ...state, ...inputs }, found })
      return { id: resource.id, outputs: full, inputs: observedInputs(type, inputs, full) }
    },

    async update(resource, oldOutputs, news, options) {
      const type = await typeOf(urnType(resource.urn))
      if (options.preview) return { outputs: { ...oldOutputs, ...news, ...unsettled(type) } }
      const args = plainProps(news)
      const ctx = context(
        { urn: resource.urn, region: oldOutputs['region'] },
        secondsOf(type, 'update', options),
        { tags: tagsOf(args), ...signalOf(options) },
      )
      const doing = `updating ${type.label} (${resource.id})`
      try {
        await applyChanges(type, ctx, { resource, oldOutputs, args, options })
      } catch (error) {
        throw describeError(doing, error)
      }
      return {
        outputs: await readBack(type, ctx, { id: resource.id, inputs: news, before: oldOutputs }),
      }
    },

    async delete(resource, outputs, options) {
      const type = await typeOf(urnType(resource.urn))
      const state = plainProps(outputs)
      const seconds = secondsOf(type, 'delete', options)
      const ctx = context({ urn: resource.urn, region: state['region'] }, seconds)
      await type.delete(ctx, resource.id, state).catch((error: unknown) => {
        throw describeError(`deleting ${type.label} (${resource.id})`, error)
      })
    },

    async invoke(token, args) {
      const ctx = context({ urn: `:::::::${token}`, region: args['region'] }, 60)
      return {
        outputs: await invokeFunction(token, plainProps(args), { ctx, clients: configured() }),
      }
    },

    cancel() {
      cancelled.abort()
      return Promise.resolve()
    },
  }
}

async function validate(clients: Clients, config: { allowedAccountIds: string[] }): Promise<void> {
  const me = await clients.identity().catch((error: unknown) => {
    const text = error instanceof Error ? sdkText(error) : String(error)
    throw new Error(`unable to validate AWS credentials.\nDetails: ${text}`, { cause: error })
  })
  const { allowedAccountIds } = config
  if (allowedAccountIds.length > 0 && !allowedAccountIds.includes(me.account))
    throw new Error(`AWS account ID not allowed: ${me.account}`)
}

const signalOf = (options: OperationOptions) => (options.signal ? { signal: options.signal } : {})

const secondsOf = (type: AwsType, kind: keyof Seconds, options: { timeoutSeconds: number }) =>
  options.timeoutSeconds > 0
    ? options.timeoutSeconds
    : (type.timeouts?.[kind] ?? defaultSeconds[kind])

const nameOf = (args: Props, urn: string): string =>
  typeof args['name'] === 'string' ? args['name'] : urnName(urn)

async function applyChanges(
  type: AwsType,
  ctx: AwsContext,
  o: {
    resource: ResourceRef
    oldOutputs: Props
    args: Props
    options: { oldInputs: Props; ignoreChanges: string[] }
  },
): Promise<void> {
  const olds = plainProps(o.oldOutputs)
  const { id } = o.resource
  const { diffs } = diffInputs(type, { outputs: olds, news: o.args, ...o.options })
  if (diffs.includes('tagsAll') && type.tag) {
    const { set, remove } = tagDifference(olds['tagsAll'], o.args['tagsAll'])
    await type.tag(ctx, id, { set, remove, outputs: olds })
  }
  const changed = new Set(diffs.filter((name) => name !== 'tags' && name !== 'tagsAll'))
  await type.update?.(ctx, id, { olds, inputs: o.args, changed })
}

const unsettled = (type: AwsType): Props =>
  Object.fromEntries((type.volatile ?? []).map((name) => [name, unknownValue]))

type Whole = { id: string; inputs: Props; before?: Props }

/** Reads the resource after a write; AWS may need a moment to show what it has just made. */
async function readBack(type: AwsType, ctx: AwsContext, o: Whole): Promise<Props> {
  const state = { ...plainProps(o.before ?? {}), ...plainProps(o.inputs), id: o.id }
  const found = await ctx.until(
    `${type.label} (${o.id}) to be readable`,
    () => type.read(ctx, o.id, state),
    { timeoutMs: 60_000 },
  )
  return complete(type, ctx, { id: o.id, inputs: o.inputs, found })
}

function complete(
  type: AwsType,
  ctx: AwsContext,
  o: { id: string; inputs: Props; found: Props },
): Props {
  const known = Object.fromEntries(
    Object.entries(o.found).filter(([, value]) => value !== undefined),
  )
  const echoed = Object.fromEntries(
    Object.entries(o.inputs).filter(([name]) => name in type.inputs && !(name in o.found)),
  )
  const outputs: Props = { ...echoed, ...known, id: o.id }
  if (type.global !== true) outputs['region'] = ctx.region
  if ('tags' in type.inputs) {
    const found = isObject(o.found['tagsAll']) ? o.found['tagsAll'] : {}
    const all = withoutSystemTags(
      Object.fromEntries(Object.entries(found).map(([k, v]) => [k, String(v)])),
    )
    outputs['tagsAll'] = all
    const declared = plainProps(o.inputs)
    outputs['tags'] = ownTags(all, defaultsIn(declared), declared['tags'])
  }
  return keepSecrets(outputs, o.inputs)
}

// The default tags in force when the inputs were checked: what tagsAll has and tags has not.
function defaultsIn(inputs: Props): Record<string, string> {
  const own = isObject(inputs['tags']) ? inputs['tags'] : {}
  const all = isObject(inputs['tagsAll']) ? inputs['tagsAll'] : {}
  return Object.fromEntries(
    Object.entries(all).flatMap(([k, v]) => (k in own ? [] : [[k, String(v)]])),
  )
}

/** After a refresh the inputs follow what was found, so that the next diff shows drift; on import they are made from it. */
function observedInputs(type: AwsType, inputs: Props, outputs: Props): Props {
  const names = Object.keys(inputs).length > 0 ? Object.keys(inputs) : Object.keys(type.inputs)
  const observed = names.flatMap((name) => {
    const before = inputs[name]
    const now = outputs[name]
    const value = before !== undefined && stillHolds(type.inputs[name], before, now) ? before : now
    return value === undefined ? [] : [[name, value] as const]
  })
  return Object.fromEntries(observed)
}

function stillHolds(field: Field | undefined, before: unknown, now: unknown): boolean {
  const wanted = unwrapped(before)
  if (now === undefined || field?.local === true || hasUnknown(wanted)) return true
  if (field?.json === true) return sameJson(wanted, unwrapped(now))
  return satisfies(wanted, unwrapped(now), { ordered: field?.ordered, whole: field?.whole })
}

async function initError(
  doing: string,
  error: unknown,
  o: { id: string; fallback: Props; outputs: () => Promise<Props> },
): Promise<Error> {
  const { message } = describeError(doing, error)
  const properties = await o.outputs().catch(() => o.fallback)
  return new InitError(message, { id: o.id, properties, reasons: [message] })
}

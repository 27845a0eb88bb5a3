// The double of the official kubernetes provider: any kind, by server-side apply, with its waiting.
import { randomBytes } from 'node:crypto'
import { type Kind, KubeError } from '../../../../operator/framework/index.ts'
import {
  type EngineProvider,
  InitError,
} from '../../../../operator/engine/embedded/providers/provider.ts'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { urnType } from '../../../../operator/engine/embedded/state/urn.ts'
import { sameValue, keepSecrets, unwrapped, plainProps, secret, textOf } from '../values.ts'
import { isObject } from '../../../../operator/engine/embedded/values/values.ts'
import { waitUntil } from '../wait.ts'
import { type Found, awaitGone, awaitReady, skipsAwait } from './await.ts'
import { invokeKubernetes } from './functions.ts'
import {
  annotationsOf,
  checkManifest,
  diffManifests,
  idOf,
  manifestOf,
  metadataOf,
  pruneTo,
} from './manifest.ts'
import { Session, isUnreachable, settingsOf } from './session.ts'

const VERSION = '4.34.2'
const DEFAULT_SECONDS = 600
const settings = new Set(['kubeconfig', 'context', 'namespace', 'enableServerSideApply', 'enableConfigMapMutable', 'enablePatchForce', 'upsertExistingObjects', 'enableSecretMutable', 'deleteUnreachable', 'suppressDeprecationWarnings', 'suppressHelmHookWarnings', 'clusterIdentifier', 'version', '__internal']) // prettier-ignore

export function kubernetesProvider(o: { env: Record<string, string | undefined> }): EngineProvider {
  const cancelled = new AbortController()
  let session: Session | undefined
  const configured = (): Session => (session ??= new Session(settingsOf({}, o.env)))
  const waitOptions = (seconds: number, signal?: AbortSignal) => ({
    kube: configured().kube,
    pollMs: configured().settings.pollMs,
    timeoutMs: seconds * 1000,
    signal: signal ? AbortSignal.any([cancelled.signal, signal]) : cancelled.signal,
  })

  return {
    version: VERSION,
    supportsPreview: true,

    checkConfig(_urn, _olds, news) {
      const unknown = Object.keys(news).filter((key) => !settings.has(key))
      const reason = 'the kubernetes provider double does not support this setting'
      const failures = unknown.map((property) => ({ property, reason }))
      return Promise.resolve({ inputs: news, failures })
    },

    diffConfig(_urn, olds, news) {
      const diffs = Object.keys({ ...olds, ...news }).filter(
        (key) => !sameValue(unwrapped(olds[key]), unwrapped(news[key])),
      )
      // Another context or default namespace is another place; a renewed kubeconfig is the same cluster.
      const replaces = diffs.filter((key) => ['context', 'namespace'].includes(key) && key in olds)
      return Promise.resolve({ changes: diffs.length > 0, diffs, replaces })
    },

    configure(inputs) {
      session?.close()
      session = new Session(settingsOf(inputs, o.env))
      return Promise.resolve()
    },

    async check(urn, olds, news) {
      refuseUnsupported(urnType(urn), news)
      const { apiVersion, kind } = plainProps(news)
      const found = await configured()
        .kindOf(String(apiVersion), String(kind))
        .catch((error: unknown) => ifUnreachable(error, undefined))
      const subject = {
        namespaced: found?.namespaced ?? metadataOf(news)['namespace'] !== undefined,
        defaultNamespace: configured().settings.namespace,
      }
      return { inputs: checkManifest({ urn, olds, news, subject }) }
    },

    diff(_resource, _outputs, news, { oldInputs, ignoreChanges }) {
      const { settings } = configured()
      return Promise.resolve(diffManifests({ oldInputs, news, ignoreChanges, ...settings }))
    },

    async create(urn, inputs, options) {
      if (options.preview) return { id: '', outputs: { ...inputs } }
      const wait = waitOptions(secondsOf(inputs, options), options.signal)
      const kind = await reaching(waitForKind(configured(), inputs, wait), noSchema)
      const fieldManager = `pulumi-kubernetes-${randomBytes(4).toString('hex')}`
      await refuseExisting(configured(), kind, { urn, inputs })
      const made = await configured()
        .kube.apply(kind, manifestOf(inputs), { fieldManager, force: forces(configured(), inputs) })
        .catch((error: unknown) => {
          throw refused(error, { urn, doing: 'created', fieldManager })
        })
      const state = { inputs, fieldManager }
      return settle(kind, made as unknown as Found, { urn, state, wait, doing: 'created' })
    },

    async read(resource, outputs, inputs) {
      const source = Object.keys(inputs).length > 0 ? inputs : outputs
      const { apiVersion, kind: kindName } = plainProps(source)
      const kind = await reaching(
        configured().kindOf(String(apiVersion), String(kindName)),
        'failed to read resource state due to unreachable cluster',
      )
      const live = kind && (await configured().kube.get(kind, ...keyIn(resource.id)))
      if (!kind || !live) return {}
      const fieldManager = managerIn(outputs)
      const found = await observed(
        kind,
        live as unknown as Found,
        { inputs: source, fieldManager },
        configured(),
      )
      return {
        id: resource.id,
        inputs: found,
        outputs: outputsOf(live as unknown as Found, { inputs, fieldManager }),
      }
    },

    async update({ urn }, oldOutputs, news, options) {
      if (options.preview) return { outputs: { ...oldOutputs, ...news } }
      const wait = waitOptions(secondsOf(news, options), options.signal)
      const kind = await reaching(waitForKind(configured(), news, wait), noSchema)
      const fieldManager = managerIn(oldOutputs)
      const applied = await configured()
        .kube.apply(kind, manifestOf(news), { fieldManager, force: forces(configured(), news) })
        .catch((error: unknown) => {
          throw refused(error, { urn, doing: 'updated', fieldManager })
        })
      const state = { inputs: news, fieldManager }
      return settle(kind, applied as unknown as Found, { urn, state, wait, doing: 'updated' })
    },

    async delete(resource, outputs, options) {
      const wait = waitOptions(secondsOf(outputs, options))
      try {
        const removed = remove(configured(), { id: resource.id, outputs, wait })
        await reaching(removed, 'configured Kubernetes cluster is unreachable')
      } catch (error) {
        const cause = error instanceof Error ? error.cause : undefined
        if (!(isUnreachable(cause) && configured().settings.deleteUnreachable)) throw error
      }
    },

    async invoke(token, args) {
      const namespace = session?.settings.namespace ?? 'default'
      const context = { namespace, env: o.env, signal: cancelled.signal }
      return { outputs: await invokeKubernetes(token, plainProps(args), context) }
    },

    cancel() {
      cancelled.abort()
      return Promise.resolve()
    },
  }
}

// Server-side apply would quietly take over an object of that name, which the next delete would then remove.
async function refuseExisting(
  session: Session,
  kind: Kind,
  { urn, inputs }: { urn: string; inputs: Props },
): Promise<void> {
  const { name, namespace } = metadataOf(inputs)
  if (session.settings.upsert || typeof name !== 'string') return
  const found = await session.kube.get(kind, name, textOf(namespace))
  if (found && found.metadata.deletionTimestamp === undefined)
    throw new Error(`resource "${urn}" was not successfully created by the Kubernetes API server: ${kind.plural} "${name}" already exists`) // prettier-ignore
}

// Fields that somebody else has taken over are taken back only when told to, as the real provider does.
const forces = (session: Session, inputs: Props): boolean =>
  session.settings.patchForce || annotationsOf(inputs)['pulumi.com/patchForce'] === 'true'

const noSchema =
  'configured Kubernetes cluster is unreachable: unable to load schema information from the API server'

async function reaching<T>(work: Promise<T>, words: string): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (!isUnreachable(error)) throw error
    throw new Error(`${words}: ${messageOf(error)}`, { cause: error })
  }
}

type Doing = 'created' | 'updated'

/** In the real provider's words, but for its advice. */
function refused(
  error: unknown,
  { urn, doing, fieldManager }: { urn: string; doing: Doing; fieldManager: string },
): Error {
  const what = `resource "${urn}" was not successfully ${doing} by the Kubernetes API server`
  const conflict = error instanceof KubeError && error.status === 409
  const said = messageOf(error).replace(/^PATCH \S+: \d+ /, '')
  const why = conflict
    ? `Server-Side Apply field conflict detected.\nThe resource managed by field manager "${fieldManager}" had an apply conflict: ${said}`
    : said
  return new Error(`${what}: ${why}`, { cause: error })
}

type State = { inputs: Props; fieldManager: string }
type Waiting = Parameters<typeof awaitReady>[2]

function refuseUnsupported(type: string, news: Props): void {
  const { apiVersion, kind } = plainProps(news)
  if (typeof apiVersion !== 'string' || typeof kind !== 'string')
    throw new Error(`${type}: apiVersion and kind must be known texts`)
  if (type.endsWith('Patch') && !kind.endsWith('Patch'))
    throw new Error(`the kubernetes provider double does not support patch resources: ${type}`)
  if (news['stringData'] !== undefined)
    throw new Error('the kubernetes provider double does not support stringData: give data')
  if (annotationsOf(news)['pulumi.com/waitFor'] !== undefined)
    throw new Error(
      'the kubernetes provider double does not support the annotation pulumi.com/waitFor',
    )
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error)

function ifUnreachable<T>(error: unknown, value: T): T {
  if (!isUnreachable(error)) throw error
  return value
}

const managerIn = (outputs: Props): string =>
  textOf(plainProps(outputs)['__fieldManager']) ?? 'pulumi-kubernetes'

function keyIn(id: string): [string, string | undefined] {
  const slash = id.indexOf('/')
  return slash < 0 ? [id, undefined] : [id.slice(slash + 1), id.slice(0, slash)]
}

function secondsOf(props: Props, options: { timeoutSeconds: number }): number {
  if (options.timeoutSeconds > 0) return options.timeoutSeconds
  return Number(annotationsOf(props)['pulumi.com/timeoutSeconds'] ?? DEFAULT_SECONDS)
}

// The object's CRD may be among what is being installed.
function waitForKind(session: Session, inputs: Props, wait: Waiting): Promise<Kind> {
  const { apiVersion, kind } = plainProps(inputs)
  return waitUntil(() => session.kindOf(String(apiVersion), String(kind)), {
    ...wait,
    timeoutMs: Math.min(wait.timeoutMs, 120_000),
    what: `the API server to know ${String(kind)} of ${String(apiVersion)}`,
  })
}

async function settle(
  kind: Kind,
  written: Found,
  o: { urn: string; state: State; wait: Waiting; doing: Doing },
): Promise<{ id: string; outputs: Props }> {
  const { name, namespace } = written.metadata
  const id = idOf({ name, namespace })
  if (skipsAwait(annotationsOf(o.state.inputs))) return { id, outputs: outputsOf(written, o.state) }
  try {
    const live = await awaitReady(kind, { name, namespace }, o.wait)
    return { id, outputs: outputsOf(live, o.state) }
  } catch (error) {
    const said = messageOf(error)
    const why = said.startsWith('timeout ') ? `'${name}' timed out waiting to be Ready` : said
    const message = `resource "${o.urn}" was successfully ${o.doing}, but the Kubernetes API server reported that it failed to fully initialize or become live: ${why}`
    const properties = outputsOf(written, o.state)
    throw new InitError(message, { id, properties, reasons: [message, said] })
  }
}

/** What is in the state: the object without the bookkeeping of server-side apply. */
function outputsOf(live: Found, o: State): Props {
  const { managedFields: _fields, ...metadata } = live.metadata as Record<string, unknown> // any object's metadata
  const { apiVersion } = plainProps(o.inputs)
  const outputs: Props = {
    ...live,
    metadata,
    __initialApiVersion: apiVersion ?? live['apiVersion'],
    __fieldManager: o.fieldManager,
  }
  if (live.kind === 'Secret')
    if (outputs['data'] !== undefined) outputs['data'] = secret(outputs['data'])
  return keepSecrets(outputs, o.inputs)
}

/** Would applying the inputs again change anything? Then somebody else did, and the next diff must see it. */
async function observed(kind: Kind, live: Found, o: State, session: Session): Promise<Props> {
  const applied = await session.kube
    .apply(kind, manifestOf(o.inputs), { fieldManager: o.fieldManager, force: true, dryRun: true })
    .catch((error: unknown) => {
      if (error instanceof KubeError && error.status >= 400 && error.status < 500) return undefined
      throw error
    })
  if (applied && sameValue(content(applied as unknown as Found), content(live))) return o.inputs
  const found = pruneTo(plainProps(o.inputs), live)
  return isObject(found) ? keepSecrets(found, o.inputs) : o.inputs
}

function content(live: Found): Props {
  const { metadata, status: _status, ...rest } = live
  const { managedFields: _fields, resourceVersion: _version, generation: _generation, ...kept } = metadata as Record<string, unknown> // prettier-ignore
  return { ...rest, metadata: kept }
}

async function remove(
  session: Session,
  o: { id: string; outputs: Props; wait: Waiting },
): Promise<void> {
  const state = plainProps(o.outputs)
  const { apiVersion, kind: kindName } = state
  const kind = await session.kindOf(String(apiVersion), String(kindName))
  // With its definition every object of a kind goes.
  if (!kind) return
  const [name, namespace] = keyIn(o.id)
  const uid = metadataOf(state)['uid']
  const policy = annotationsOf(state)['pulumi.com/deletionPropagationPolicy']
  const propagationPolicy = policy === 'background' ? 'Background' : policy === 'orphan' ? 'Orphan' : 'Foreground' // prettier-ignore
  const present = await session.kube.delete(kind, { name, namespace }, { propagationPolicy })
  if (!present || skipsAwait(annotationsOf(state))) return
  const key = { name, namespace }
  await awaitGone(kind, key, { ...o.wait, uid: typeof uid === 'string' ? uid : undefined })
}

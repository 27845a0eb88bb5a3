// Keeps the caBundle of CRDs and webhook configurations equal to what the webhook serves under, touching
// nothing else of them.
import { isDeepStrictEqual } from 'node:util'
import { isChangedMeanwhile } from '../kube/errors.ts'
import { core, kindText, type Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { KubeObject } from '../kube/objects.ts'

export type Target = {
  kind: Kind
  name: string
  /** Of a CRD: conversions are switched to our webhook, at this path and port of its Service. */
  conversion?: { path: string; port: number }
}

type Service = { name?: string; namespace?: string; path?: string; port?: number }
type ClientConfig = { caBundle?: string; service?: Service }
type Conversion = { strategy?: string; webhook?: { clientConfig?: ClientConfig } }

type Place = { serviceName: string; namespace: string }
type Ours = Place & { bundle: string }

/** Each needs somebody else, another replica for example, to write the object at the same moment. */
const attempts = 5

/**
 * False when there is no such object. `currentBundle` is asked after the object was read, and the write holds for that
 * version alone: a bundle that another replica has renewed meanwhile is never replaced by the one before.
 */
export async function injectBundle(
  kube: Kube,
  target: Target,
  o: Place & { currentBundle: () => Promise<string> },
): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const obj = await kube.get(target.kind, target.name)
    if (!obj) return false
    const operations = operationsFor(target, obj, { ...o, bundle: await o.currentBundle() })
    if (operations.length === 0) return true
    try {
      const { resourceVersion } = obj.metadata
      const patch = [
        { op: 'test', path: '/metadata/resourceVersion', value: resourceVersion },
        ...operations,
      ]
      await kube.patch(target.kind, { name: target.name }, patch, { type: 'json' })
      return true
    } catch (error) {
      if (attempt >= attempts || !isChangedMeanwhile(error)) throw error
    }
  }
}

function operationsFor(target: Target, obj: KubeObject, ours: Ours) {
  const { kind, conversion } = target
  return conversion
    ? conversionOperations(conversion, obj, ours)
    : bundleOperations(kind, obj, ours)
}

/** Service and caBundle in one step: the API server never sees a webhook that it cannot trust. */
function conversionOperations(wanted: { path: string; port: number }, obj: KubeObject, o: Ours) {
  const { conversion } = obj.spec as { conversion?: Conversion } // a CRD
  const service = { name: o.serviceName, namespace: o.namespace, ...wanted }
  const caBundle = Buffer.from(o.bundle).toString('base64')
  const config = conversion?.webhook?.clientConfig
  if (isDeepStrictEqual({ ...config?.service }, service) && config?.caBundle === caBundle) return []
  const webhook = { conversionReviewVersions: ['v1'], clientConfig: { service, caBundle } }
  return [{ op: 'add', path: '/spec/conversion', value: { strategy: 'Webhook', webhook } }]
}

/** Only where the client config names our service: other entries are somebody else's. */
function bundleOperations(kind: Kind, obj: KubeObject, ours: Ours) {
  const caBundle = Buffer.from(ours.bundle).toString('base64')
  return clientConfigs(kind, obj)
    .filter(({ config }) => isOurs(config, ours) && config.caBundle !== caBundle)
    .map(({ path }) => ({ op: 'add', path: `${path}/caBundle`, value: caBundle }))
}

const isOurs = ({ service }: ClientConfig, o: Place): boolean =>
  service?.name === o.serviceName && service.namespace === o.namespace

/** The kinds' own shapes: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ */
function clientConfigs(kind: Kind, obj: KubeObject): { path: string; config: ClientConfig }[] {
  if (kindText(kind) === kindText(core.crd)) {
    const { conversion } = obj.spec as { conversion?: Conversion } // a CRD
    const config = conversion?.webhook?.clientConfig
    return config ? [{ path: '/spec/conversion/webhook/clientConfig', config }] : []
  }
  const { webhooks = [] } = obj as unknown as { webhooks?: { clientConfig: ClientConfig }[] }
  return webhooks.map(({ clientConfig }, at) => ({
    path: `/webhooks/${at}/clientConfig`,
    config: clientConfig,
  }))
}

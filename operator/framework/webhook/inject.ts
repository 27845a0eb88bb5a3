// Keeps the caBundle of CRDs and webhook configurations equal to what the webhook serves under, touching
// nothing else of them.
import { isChangedMeanwhile } from '../kube/errors.ts'
import { core, kindText, type Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { KubeObject } from '../kube/objects.ts'

export type Target = { kind: Kind; name: string }

type ClientConfig = { caBundle?: string; service?: { name?: string; namespace?: string } }

type Ours = { bundle: string; serviceName: string; namespace: string }

/** Each needs somebody else, another replica for example, to write the object at the same moment. */
const attempts = 5

/** False when there is no such object. */
export async function injectBundle(kube: Kube, target: Target, ours: Ours): Promise<boolean> {
  for (let attempt = 1; ; attempt += 1) {
    const obj = await kube.get(target.kind, target.name)
    if (!obj) return false
    const operations = bundleOperations(target.kind, obj, ours)
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

/** Only where the client config names our service: other entries are somebody else's. */
function bundleOperations(kind: Kind, obj: KubeObject, ours: Ours) {
  const caBundle = Buffer.from(ours.bundle).toString('base64')
  return clientConfigs(kind, obj)
    .filter(({ config }) => isOurs(config, ours) && config.caBundle !== caBundle)
    .map(({ path }) => ({ op: 'add', path: `${path}/caBundle`, value: caBundle }))
}

const isOurs = (
  { service }: ClientConfig,
  o: { serviceName: string; namespace: string },
): boolean => service?.name === o.serviceName && service.namespace === o.namespace

/** The kinds' own shapes: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/ */
function clientConfigs(kind: Kind, obj: KubeObject): { path: string; config: ClientConfig }[] {
  if (kindText(kind) === kindText(core.crd)) {
    const { conversion } = obj.spec as {
      conversion?: { webhook?: { clientConfig?: ClientConfig } }
    }
    const config = conversion?.webhook?.clientConfig
    return config ? [{ path: '/spec/conversion/webhook/clientConfig', config }] : []
  }
  const { webhooks = [] } = obj as unknown as { webhooks?: { clientConfig: ClientConfig }[] }
  return webhooks.map(({ clientConfig }, at) => ({
    path: `/webhooks/${at}/clientConfig`,
    config: clientConfig,
  }))
}

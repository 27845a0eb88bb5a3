// Keeps the caBundle of CRDs and webhook configurations equal to what the webhook serves under, touching
// nothing else of them.
import { core, kindText, type Kind } from '../kube/kinds.ts'
import type { Kube } from '../kube/kube.ts'
import type { KubeObject } from '../kube/objects.ts'

export type Target = { kind: Kind; name: string }

type ClientConfig = { caBundle?: string; service?: { name?: string; namespace?: string } }
type Operation = { op: 'test' | 'add'; path: string; value: unknown }

/** Only where the client config names our service: other entries are somebody else's. */
export async function injectBundle(
  kube: Kube,
  target: Target,
  o: { bundle: string; serviceName: string; namespace: string },
): Promise<boolean> {
  const obj = await kube.get(target.kind, target.name)
  if (!obj) return false
  const caBundle = Buffer.from(o.bundle).toString('base64')
  const operations = clientConfigs(target.kind, obj)
    .filter(({ config }) => isOurs(config, o) && config.caBundle !== caBundle)
    .map(({ path }): Operation => ({ op: 'add', path: `${path}/caBundle`, value: caBundle }))
  if (operations.length === 0) return true
  const unchanged: Operation = {
    op: 'test',
    path: '/metadata/resourceVersion',
    value: obj.metadata.resourceVersion,
  }
  await kube.patch(target.kind, { name: target.name }, [unchanged, ...operations], { type: 'json' })
  return true
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

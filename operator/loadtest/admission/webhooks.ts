// The webhooks of LocustTest, served by every replica: validation and the conversion between v1 and v2.
// The operator switches the CRD to them itself, once it serves: without it, the CRD works as it is.
import type { Cache, Clock, Kind, Kube, Operator, WebhookServer } from '../../framework/index.ts'
import { core, webhookServer } from '../../framework/index.ts'
import type { Logger } from 'pino'
import type { LocustTestStatus } from '../../api/locust/locust-types.ts'
import { locustTest } from '../../api/locust/locust-test.ts'
import type { AdmissionTools } from './admission.ts'
import { admission, objectsIndex, objectsIndexKey } from './admission.ts'
import { convertObject } from '../spec/convert-object.ts'
import type { LocustTest } from '../spec/subject.ts'
import { migrateStored } from './stored-versions.ts'

const crdName = `${locustTest.plural}.${locustTest.group}`
const paths = { validate: '/validate-locust-io-v2-locusttest', convert: '/convert' }

export type LoadTestWebhookOptions = AdmissionTools & {
  kube: Kube
  log: Logger
  clock?: Clock
  namespace: string
  /** Of the Service and of the webhook configuration. */
  serviceName: string
  servicePort: number
  secretName: string
  configurationName: string
  certificates?: 'own' | 'given'
  signal?: AbortSignal
  port: number
  host?: string
}

/** Resolves when the API server may call. */
export async function loadTestWebhooks(o: LoadTestWebhookOptions): Promise<WebhookServer> {
  await migrateStored(o.kube, { crd: crdName, log: o.log })
  const conversion = { path: paths.convert, port: o.servicePort }
  return webhookServer({
    ...o,
    validate: { [paths.validate]: admission(o) },
    convert: { [paths.convert]: convertObject },
    injectInto: [
      { kind: core.crd, name: crdName, conversion },
      // Given certificates come with somebody who writes their authority where the chart says so.
      ...(o.certificates === 'given'
        ? []
        : [{ kind: core.validatingWebhookConfiguration, name: o.configurationName }]),
    ],
  })
}

/** Call it before the operator runs: an index is added. */
export function testsForAdmission(operator: Operator): Cache<LocustTest> {
  const kind: Kind<LocustTest['spec'], LocustTestStatus> = locustTest
  const tests = operator.cache(kind)
  tests.addIndex(objectsIndex, objectsIndexKey)
  return tests
}

/**
 * For an operator without webhooks, where one with them ran before: ours, or another one that left the CRD with a Service
 * that is gone, so that nobody could read v1 any more.
 */
export async function withoutConversion(
  kube: Kube,
  o: { namespace: string; serviceName: string },
): Promise<void> {
  const crd = await kube.get(core.crd, crdName)
  const service = crd?.spec.conversion?.webhook?.clientConfig?.service
  if (!service) return
  const ours = service.name === o.serviceName && service.namespace === o.namespace
  if (!ours && (await kube.get(core.service, service.name, service.namespace))) return
  const spec = { conversion: { strategy: 'None', webhook: null } }
  await kube.patch(core.crd, { name: crdName }, { spec }, { type: 'merge' })
}

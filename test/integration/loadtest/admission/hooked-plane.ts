// A plane whose API server calls the webhooks of the load-test operator in this process, through a Service of type
// ExternalName.
import type { LocustTestV1Spec } from '../../../../operator/api/locust/locust-types.ts'
import { locustTest } from '../../../../operator/api/locust/locust-test.ts'
import {
  core,
  operator,
  type Clock,
  type Kind,
  type Kube,
  type Manifest,
} from '../../../../operator/framework/index.ts'
import { readSettings } from '../../../../operator/loadtest/settings.ts'
import {
  loadTestWebhooks,
  testsForAdmission,
} from '../../../../operator/loadtest/admission/webhooks.ts'
import { freePort } from '../../../sandbox/machine/ports.ts'
import { testLog } from '../../../../operator/framework/testing/index.ts'
import type { TestPlane } from '../../../support/test-plane.ts'
import { eventually } from '../../../support/loadtest/load-tests.ts'
import { operatorClient, runOperator } from '../../../support/loadtest/operator.ts'
import { operatorNamespace as namespace, startPlane } from '../../../support/loadtest/plane.ts'

export const v1Kind: Kind<LocustTestV1Spec> = { ...locustTest, version: 'v1' }
export const names = {
  namespace,
  serviceName: `${namespace}-webhook`,
  crdName: 'locusttests.locust.io',
}
const { serviceName, crdName } = names

/** `own` has the rights of the operator. */
export type HookedPlane = TestPlane & { own: Kube }

export async function startHookedPlane(clock: Clock): Promise<HookedPlane> {
  await using end = new AsyncDisposableStack()
  const port = await freePort()
  const plane = await startPlane((manifest) => reachable(manifest, port))
  end.defer(() => plane.stop())
  await storedAsV1(plane.kube)
  const own = await operatorClient(plane)
  end.defer(() => own.close())
  const op = operator({ name: 'cratekube-loadtest', kube: own, log: testLog().log })
  const tests = testsForAdmission(op)
  end.defer(runOperator(op))
  await tests.synced()
  const hooks = await loadTestWebhooks({
    kube: own,
    log: testLog().log,
    clock,
    tests,
    settings: readSettings({}),
    namespace,
    serviceName,
    servicePort: port,
    secretName: `${serviceName}-certificate`,
    configurationName: serviceName,
    port,
    host: '127.0.0.1',
  })
  end.defer(() => hooks.stop())
  const all = end.move()
  return { ...plane, own, stop: () => all.disposeAsync() }
}

/** The Service leads to this machine, at the port where the webhooks are. */
function reachable(manifest: Manifest, port: number): Manifest {
  if (manifest.kind === 'Service')
    return { ...manifest, spec: { type: 'ExternalName', externalName: 'localhost' } }
  if (manifest.kind !== 'ValidatingWebhookConfiguration') return manifest
  const text = JSON.stringify(manifest).replaceAll('"port":443', `"port":${port}`)
  return JSON.parse(text) as Manifest
}

/** An object of an older CRD, in which v1 was stored. */
async function storedAsV1(kube: Kube): Promise<void> {
  const storing = async (version: string) => {
    const crd = await kube.get(core.crd, crdName)
    const versions = crd?.spec.versions.map((one) => ({ ...one, storage: one.name === version }))
    await kube.patch(core.crd, { name: crdName }, { spec: { versions } }, { type: 'merge' })
  }
  const failurePolicy = (value: string) => {
    const patch = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value }]
    const ref = { name: serviceName }
    return kube.patch(core.validatingWebhookConfiguration, ref, patch, { type: 'json' })
  }
  await failurePolicy('Ignore')
  await storing('v1')
  await eventually(() =>
    kube.create(v1Kind, { metadata: { name: 'ancient', namespace: 'default' }, spec: oldSpec }),
  )
  await storing('v2')
  await failurePolicy('Fail')
}

export const oldSpec: LocustTestV1Spec = {
  image: 'i',
  masterCommandSeed: '-f a.py',
  workerCommandSeed: '-f a.py',
}

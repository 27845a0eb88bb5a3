// The webhooks under a certificate that cert-manager issues: its part is played here, the rest is the chart's, with fewer
// rights than an operator that issues its own.
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { locustTest } from '../../../operator/api/locust/locust-test.ts'
import { core, type Kind, type Kube } from '../../../operator/framework/index.ts'
import { createAuthority, issueServing } from '../../../operator/framework/webhook/certificates.ts'
import { logTail, type Daemon } from '../../sandbox/machine/daemon.ts'
import { freePort } from '../../sandbox/machine/ports.ts'
import { startTestPlane, type TestPlane } from '../../support/test-plane.ts'
import { foreignDefinitions } from './foreign-definitions.ts'
import { install, namespace, release } from './loadtest-chart.ts'
import { startChartOperator } from './loadtest-process.ts'

const testKind: Kind = locustTest
const v1Kind: Kind = { ...locustTest, version: 'v1' }
const webhook = `${release}-webhook`
const team = 'team-a'
let plane: TestPlane
let kube: Kube
let operator: Daemon

beforeAll(async () => {
  plane = await startTestPlane()
  kube = plane.kube
  // No test may be in the operator's own.
  for (const name of [namespace, team]) await kube.create(core.namespace, { metadata: { name } })
  for (const definition of foreignDefinitions) await kube.create(core.crd, definition)
  const port = await freePort()
  await vi.waitFor(
    () => install(plane.control.kubeconfigPath, { 'webhook.certManager.enabled': true }),
    {
      timeout: 30_000,
    },
  )
  await reachable(port)
  const ports = { WEBHOOK_PORT: String(port), WEBHOOK_SERVICE_PORT: String(port) }
  operator = await startChartOperator(plane, ports)
})
afterAll(async () => {
  await operator?.stop()
  await plane?.stop()
})

/** The API server reaches the process through a Service that leads to this machine. */
async function reachable(port: number): Promise<void> {
  const spec = {
    type: 'ExternalName',
    externalName: 'localhost',
    clusterIP: null,
    clusterIPs: null,
  }
  await kube.patch(core.service, { name: webhook, namespace }, { spec }, { type: 'merge' })
  const path = '/webhooks/0/clientConfig/service/port'
  const patch = [{ op: 'replace', path, value: port }]
  await kube.patch(core.validatingWebhookConfiguration, { name: webhook }, patch, { type: 'json' })
}

/** As cert-manager does: the Secret that the Certificate names, and the authority where the annotation asks for it. */
async function issue(): Promise<string> {
  const now = Date.now()
  const validity = { notBefore: new Date(now - 60_000), notAfter: new Date(now + 86_400_000) }
  const ca = createAuthority('cert-manager', validity)
  const serving = issueServing(ca, [`${webhook}.${namespace}.svc`], validity)
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const data = {
    'ca.crt': base64(ca.cert),
    'tls.crt': base64(serving.cert),
    'tls.key': base64(serving.key),
  }
  const found = await kube.get(core.validatingWebhookConfiguration, webhook)
  expect(found?.metadata.annotations?.['cert-manager.io/inject-ca-from']).toBe(
    `${namespace}/${webhook}`,
  )
  const metadata = { name: `${webhook}-certificate`, namespace }
  await kube.create(core.secret, { metadata, type: 'kubernetes.io/tls', data })
  const patch = [{ op: 'add', path: '/webhooks/0/clientConfig/caBundle', value: data['ca.crt'] }]
  await kube.patch(core.validatingWebhookConfiguration, { name: webhook }, patch, { type: 'json' })
  return data['ca.crt']
}

test('are served once it is there, for validation and conversion, and written by nobody here', async () => {
  await vi.waitFor(() => expect(logTail(operator.log)).toContain('waiting for the certificates'), {
    timeout: 60_000,
  })
  const bundle = await issue()
  const spec = {
    image: 'i',
    master: { command: 'x', autostart: false },
    worker: { command: 'x', replicas: 2 },
  }
  const create = (command: string, o: { dryRun?: boolean } = {}) => {
    const named = { ...spec, master: { ...spec.master, command } }
    return kube.create(testKind, { metadata: { name: 'shop', namespace: team }, spec: named }, o)
  }
  await vi.waitFor(
    () =>
      expect(create("'", { dryRun: true })).rejects.toThrow(
        'spec.master.command: expected balanced quotes',
      ),
    { timeout: 60_000 },
  )
  await create('x')
  // The API server calls the conversion some time after it has taken the CRD's change.
  await vi.waitFor(
    async () => {
      const asV1 = await kube.get(v1Kind, 'shop', team)
      expect(asV1?.spec).toMatchObject({ masterCommandSeed: 'x', workerReplicas: 2 })
    },
    { timeout: 60_000 },
  )
  const crd = await kube.get(core.crd, 'locusttests.locust.io')
  expect(crd?.spec.conversion?.webhook?.clientConfig?.caBundle).toBe(bundle)
  expect(logTail(operator.log, 500)).not.toContain('forbidden')
})

// A server of webhooks over real TLS, its certificates in the fake API server and in virtual time.
import { request } from 'node:https'
import { onTestFinished } from 'vitest'
import { core, webhookServer, type WebhookOptions } from '../../../../operator/framework/index.ts'
import {
  FakeApiServer,
  VirtualClock,
  testLog,
} from '../../../../operator/framework/testing/index.ts'

const service = { name: 'hooks', namespace: 'ops' }

export async function prepared(startMs = Date.now()) {
  const clock = new VirtualClock(startMs)
  const api = new FakeApiServer({ clock })
  const kube = api.kube()
  await kube.create(core.validatingWebhookConfiguration, {
    metadata: { name: 'rules' },
    webhooks: [
      { name: 'ours.example.com', clientConfig: { service } },
      {
        name: 'theirs.example.com',
        clientConfig: { service: { name: 'other', namespace: 'ops' }, caBundle: 'VEhFSVJT' },
      },
    ],
  })
  await kube.create(core.crd, {
    metadata: { name: 'widgets.example.com' },
    spec: { conversion: { strategy: 'Webhook', webhook: { clientConfig: { service } } } },
  })
  const start = async (o: Partial<WebhookOptions> = {}) => {
    const server = await webhookServer({
      kube,
      clock,
      log: testLog().log,
      namespace: 'ops',
      secretName: 'hooks-tls',
      serviceName: 'hooks',
      port: 0,
      host: '127.0.0.1',
      injectInto: [
        { kind: core.validatingWebhookConfiguration, name: 'rules' },
        { kind: core.crd, name: 'widgets.example.com' },
      ],
      ...o,
    })
    onTestFinished(() => server.stop())
    return server
  }
  const bundles = async () => {
    const rules = await kube.get(core.validatingWebhookConfiguration, 'rules')
    const crd = await kube.get(core.crd, 'widgets.example.com')
    return [
      ...(rules?.webhooks ?? []).map(({ clientConfig }) => clientConfig.caBundle),
      crd?.spec.conversion?.webhook?.clientConfig?.caBundle,
    ]
  }
  const ca = async () => Buffer.from((await bundles())[0] ?? '', 'base64').toString()
  return { clock, api, kube, start, bundles, ca }
}

/** As the API server calls: by the service's name, trusting the injected bundle alone. */
export function post(o: {
  port: number
  ca: string
  path: string
  body: unknown
}): Promise<{ status: number; body: never }> {
  return new Promise((resolve, reject) => {
    const call = request(
      {
        host: '127.0.0.1',
        port: o.port,
        path: o.path,
        method: 'POST',
        ca: o.ca,
        servername: 'hooks.ops.svc',
        agent: false,
      },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            body: JSON.parse(Buffer.concat(parts).toString()) as never,
          }),
        )
      },
    )
    call.on('error', reject)
    call.end(JSON.stringify(o.body))
  })
}

export const review = (object: object) => ({
  request: { uid: 'r1', operation: 'CREATE', object, userInfo: {} },
})

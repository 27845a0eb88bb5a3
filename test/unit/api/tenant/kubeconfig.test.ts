import { expect, test } from 'vitest'
import { load } from 'js-yaml'
import { kubeconfig } from '../../../../operator/api/tenant/kubeconfig.ts'

test('names the context as the cluster, by which the add-ons program finds it', () => {
  const text = kubeconfig({
    clusterName: 'payments-0a1b2c3d',
    server: 'https://api.example',
    certificateAuthority: 'Q0E=',
    token: 'k8s-aws-v1.abc',
  })
  expect(load(text)).toMatchObject({
    'current-context': 'payments-0a1b2c3d',
    contexts: [
      {
        name: 'payments-0a1b2c3d',
        context: { cluster: 'payments-0a1b2c3d', user: 'payments-0a1b2c3d' },
      },
    ],
    clusters: [
      { cluster: { server: 'https://api.example', 'certificate-authority-data': 'Q0E=' } },
    ],
    users: [{ user: { token: 'k8s-aws-v1.abc' } }],
  })
})

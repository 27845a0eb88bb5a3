import { expect, test } from 'vitest'
import { runnerEnv } from '../../../../operator/engine/process/spare-runners.ts'

test('a runner learns from the worker’s environment where programs are and whom to trust, and no more', () => {
  const kept = {
    PATH: '/bin',
    HOME: '/home/cratekube',
    NODE_EXTRA_CA_CERTS: '/ca/ca.crt',
    SSL_CERT_DIR: '/etc/ssl/certs:/ca',
    SSL_CERT_FILE: '/ca/all.crt',
    AWS_CA_BUNDLE: '/ca/all.crt',
  }
  const env = {
    ...kept,
    CRATEKUBE_STATE_PASSPHRASE_FILE: '/hidden',
    CRATEKUBE_REDIS_URL: 'redis://:hidden@redis',
    AWS_ACCESS_KEY_ID: 'of-the-worker',
    https_proxy: 'http://proxy:3128',
  }
  expect(runnerEnv(env)).toEqual(kept)
})

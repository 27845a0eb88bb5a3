// The environment of manager and worker: defaults, and messages that name the variable and keep its value to themselves.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import {
  ConfigError,
  managerConfig,
  variables,
  workerConfig,
} from '../../../operator/bin/config.ts'
import { newCertificateAuthority } from '../../support/certificate-authority.ts'

const redis = { CRATEKUBE_REDIS_URL: 'redis://:secret@redis:6379/0' }
const state = {
  CRATEKUBE_STATE_BACKEND: 's3://bucket',
  CRATEKUBE_STATE_PASSPHRASE_FILE: '/etc/cratekube/passphrase',
}

test('fills in defaults for the manager', () => {
  expect(managerConfig(redis)).toMatchObject({
    redis: { url: redis.CRATEKUBE_REDIS_URL, prefix: 'cratekube' },
    namespace: 'cratekube-system',
    leaderElection: true,
    driftMs: 43_200_000,
    resyncMs: 60_000,
    health: { port: 8080 },
  })
})

test('reads what a chart sets, as text', () => {
  const env = {
    ...redis,
    CRATEKUBE_LEADER_ELECTION: 'false',
    CRATEKUBE_HEALTH_PORT: '9090',
    KUBECONFIG: '',
  }
  expect(managerConfig(env)).toMatchObject({ leaderElection: false, health: { port: 9090 } })
  expect(managerConfig(env).kubeconfig).toBeUndefined()
})

test('gives the worker its engine', () => {
  const config = workerConfig({ ...redis, ...state, CRATEKUBE_WORKER_CONCURRENCY: '3' })
  expect(config).toMatchObject({
    concurrency: 3,
    drainMs: 300_000,
    passphraseFile: '/etc/cratekube/passphrase',
    engine: { engine: 'auto', backendUrl: 's3://bucket' },
  })
  expect(config.engine.programsModule).toMatch(/operator\/bin\/programs\.ts$/)
})

test('takes proxies in either spelling, and never puts one before this machine', () => {
  expect(managerConfig(redis).proxy).toBeUndefined()
  expect(managerConfig({ ...redis, NO_PROXY: '.example' }).proxy).toBeUndefined()
  const env = { ...redis, https_proxy: 'http://proxy:3128', NO_PROXY: '.example,10.0.0.1' }
  expect(managerConfig(env).proxy).toEqual({
    HTTPS_PROXY: 'http://proxy:3128',
    NO_PROXY: 'localhost,127.0.0.1,::1,.example,10.0.0.1',
  })
  expect(
    workerConfig({ ...redis, ...state, HTTP_PROXY: 'http://b', http_proxy: 'http://a' }).proxy,
  ).toMatchObject({ HTTP_PROXY: 'http://b' })
  expect(() => managerConfig({ ...redis, HTTPS_PROXY: 'hidden:3128' })).toThrow(/HTTPS_PROXY: /)
})

test('names every wrong variable at once and shows no value', () => {
  const env = {
    ...state,
    CRATEKUBE_STATE_BACKEND: 'hidden-place',
    CRATEKUBE_ENGINE: 'hidden-engine',
  }
  const failure = catchError(() => workerConfig(env))
  expect(failure).toBeInstanceOf(ConfigError)
  expect(failure?.message).toMatch(
    /CRATEKUBE_REDIS_URL: .*CRATEKUBE_ENGINE: .*CRATEKUBE_STATE_BACKEND: /,
  )
  expect(failure?.message).not.toContain('hidden')
})

test('takes a password for Redis beside the URL, whatever it holds', () => {
  const env = { CRATEKUBE_REDIS_URL: 'redis://me@redis', CRATEKUBE_REDIS_PASSWORD: ' p%/#@' }
  expect(managerConfig(env).redis).toMatchObject({ url: 'redis://me@redis', password: ' p%/#@' })
})

test.each([
  ['a password with a lone %', 'redis://:hidden%@redis'],
  ['a password with a slash', 'redis://:hidden/b@redis'],
  ['a user with a lone %', 'redis://hidden%:x@redis'],
  ['a database that is no number', 'redis://redis/hidden'],
  ['another protocol', 'https://hidden'],
])('refuses a URL of Redis with %s by its name', (_, url) => {
  const failure = catchError(() => managerConfig({ CRATEKUBE_REDIS_URL: url }))
  expect(failure).toBeInstanceOf(ConfigError)
  expect(failure?.message).toMatch(/^environment: CRATEKUBE_REDIS_URL: /)
  expect(failure?.message).not.toContain('hidden')
})

test('reads the authorities of Redis, and refuses what are none or would not be used', () => {
  const dir = mkdtempSync(join(tmpdir(), 'cratekube-config-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  const tls = { CRATEKUBE_REDIS_URL: 'rediss://redis' }
  const fileOf = (text: string) => {
    const path = join(dir, 'ca.crt')
    writeFileSync(path, text)
    return { CRATEKUBE_REDIS_CA_FILE: path }
  }
  const pem = Buffer.from(newCertificateAuthority(), 'base64').toString()
  expect(managerConfig({ ...tls, ...fileOf(pem + pem) }).redis).toMatchObject({ ca: pem + pem })
  const messageOf = (env: object) => catchError(() => managerConfig({ ...tls, ...env }))?.message
  const expected = /CRATEKUBE_REDIS_CA_FILE: expected a file of PEM certificates, /
  for (const text of ['', 'not PEM', pem + pem.replace(/\n..../, '\n!!!!')]) {
    expect(messageOf(fileOf(text))).toMatch(expected)
  }
  expect(messageOf({ CRATEKUBE_REDIS_CA_FILE: join(dir, 'none') })).toMatch(/ENOENT/)
  expect(messageOf({ ...fileOf(pem), ...redis })).toMatch(/CRATEKUBE_REDIS_CA_FILE: .*rediss:/)
})

test('describes every variable', () => {
  for (const [name, schema] of Object.entries({ ...variables.manager, ...variables.worker })) {
    expect(schema.description, name).toMatch(/\.$/)
  }
})

function catchError(run: () => unknown): Error | undefined {
  try {
    run()
    return undefined
  } catch (error) {
    return error as Error // only Errors are thrown in this code base
  }
}

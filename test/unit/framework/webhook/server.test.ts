// What webhooks answer over real TLS, and where the API server is told whom to trust.
import { expect, test } from 'vitest'
import { core, type Manifest } from '../../../../operator/framework/index.ts'
import { post, prepared, review } from './hooks.ts'

test('admits, refuses with a message, and warns', async () => {
  const t = await prepared()
  const { port } = await t.start({
    validate: {
      '/v': ({ object }) =>
        object?.metadata.name === 'bad'
          ? { allowed: false, message: 'metadata.name: expected something good' }
          : { allowed: true, warnings: ['careful'] },
    },
  })
  const ask = async (name: string) =>
    post({ port, ca: await t.ca(), path: '/v', body: review({ metadata: { name } }) })
  expect((await ask('good')).body).toMatchObject({
    response: { uid: 'r1', allowed: true, warnings: ['careful'] },
  })
  expect((await ask('bad')).body).toMatchObject({
    response: {
      allowed: false,
      status: { code: 403, message: 'metadata.name: expected something good' },
    },
  })
})

test('converts every object and keeps its identity', async () => {
  const t = await prepared()
  const convert = (obj: Manifest): Manifest => ({
    spec: { count: 1 },
    metadata: { name: 'forged', labels: { new: 'x' } },
    old: obj['spec'],
  })
  const { port } = await t.start({ convert: { '/convert': convert } })
  const objects = [
    {
      apiVersion: 'example.com/v1',
      kind: 'Widget',
      metadata: { name: 'a', uid: 'u', labels: { old: 'y' } },
      spec: { size: 1 },
    },
  ]
  const body = { request: { uid: 'c1', desiredAPIVersion: 'example.com/v2', objects } }
  expect((await post({ port, ca: await t.ca(), path: '/convert', body })).body).toMatchObject({
    response: {
      uid: 'c1',
      result: { status: 'Success' },
      convertedObjects: [
        {
          apiVersion: 'example.com/v2',
          metadata: { name: 'a', uid: 'u', labels: { new: 'x' } },
          old: { size: 1 },
        },
      ],
    },
  })
})

test('a converter that throws fails the review, a validator that throws fails the call', async () => {
  const t = await prepared()
  const boom = () => {
    throw new Error('boom')
  }
  const { port } = await t.start({ convert: { '/c': boom }, validate: { '/v': boom } })
  const ca = await t.ca()
  const conversion = {
    request: { uid: 'c1', desiredAPIVersion: 'v2', objects: [{ metadata: {} }] },
  }
  expect((await post({ port, ca, path: '/c', body: conversion })).body).toMatchObject({
    response: { result: { status: 'Failure', message: 'boom' } },
  })
  expect(await post({ port, ca, path: '/v', body: review({}) })).toMatchObject({
    status: 500,
    body: { message: 'boom' },
  })
  expect((await post({ port, ca, path: '/none', body: {} })).status).toBe(404)
})

test('injects where its service is named and nowhere else, and again when it is wiped', async () => {
  const t = await prepared()
  await t.start()
  const [ours, theirs, crd] = await t.bundles()
  expect(theirs).toBe('VEhFSVJT')
  expect(ours).toBe(crd)
  expect(Buffer.from(ours ?? '', 'base64').toString()).toContain('BEGIN CERTIFICATE')
  const wipe = [{ op: 'remove', path: '/spec/conversion/webhook/clientConfig/caBundle' }]
  await t.kube.patch(core.crd, { name: 'widgets.example.com' }, wipe, { type: 'json' })
  await t.clock.advance(61_000)
  expect(await t.bundles()).toEqual([ours, theirs, ours])
})

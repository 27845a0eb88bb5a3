// Clients of locust.io/v1 where no webhook converts.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LocustTestV1Spec } from '../../../../operator/api/locust/locust-types.ts'
import { locustTest } from '../../../../operator/api/locust/locust-test.ts'
import type { Kind } from '../../../../operator/framework/index.ts'
import {
  anyPod,
  apply,
  condition,
  eventually,
  namespaceFor,
  testKind,
  testSpec,
  untilStatus,
} from '../../../support/loadtest/load-tests.ts'
import { startOperatedPlane, type OperatedPlane } from '../../../support/loadtest/operator.ts'
import { endPod } from '../../../support/loadtest/pods.ts'

const v1Kind: Kind<LocustTestV1Spec> = { ...locustTest, version: 'v1' }
let plane: OperatedPlane
beforeAll(async () => {
  plane = await startOperatedPlane()
})
afterAll(() => plane?.stop())

const masterPod = (namespace: string) => anyPod(plane.kube, { namespace, job: 'shop-master' })

test('a v1 object runs without a conversion webhook and stays writable through both versions', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'old')
  const ref = { namespace, name: 'shop' }
  const spec: LocustTestV1Spec = {
    image: 'i',
    masterCommandSeed: '-f a.py',
    workerCommandSeed: '-f a.py',
    workerReplicas: 2,
    imagePullSecrets: ['reg'],
  }
  await kube.create(v1Kind, { metadata: { name: 'shop', namespace }, spec })
  const pod = await masterPod(namespace)
  expect(pod.spec.imagePullSecrets).toEqual([{ name: 'reg' }])
  await kube.patch(testKind, ref, { metadata: { labels: { a: 'b' } } }, { type: 'merge' })
  await kube.patch(v1Kind, ref, { metadata: { labels: { c: 'd' } } }, { type: 'merge' })
  expect((await kube.get(v1Kind, 'shop', namespace))?.spec).toEqual({
    ...spec,
    imagePullPolicy: 'IfNotPresent',
  })
  const change = { spec: { masterCommandSeed: 'x' } }
  await eventually(() =>
    expect(kube.patch(v1Kind, ref, change, { type: 'merge', dryRun: true })).rejects.toThrow(
      'spec.masterCommandSeed: cannot change',
    ),
  )
  await endPod(kube, pod, 'shop-master', 0)
  await untilStatus(kube, ref, { phase: 'Succeeded' })
})

test('a client of v1 is told of the fields that it wrote', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'old-words')
  const spec: LocustTestV1Spec = {
    image: 'i',
    masterCommandSeed: "'",
    workerCommandSeed: '-f a.py',
    workerReplicas: 2,
    configMap: 'files',
  }
  const ref = { namespace, name: 'shop' }
  await kube.create(v1Kind, { metadata: { name: 'shop', namespace }, spec })
  const message = async (reason: string) => {
    const status = await untilStatus(kube, ref, condition('Ready', 'False', reason))
    return status.conditions?.find(({ type }) => type === 'Ready')?.message
  }
  expect(await message('InvalidSpec')).toContain('spec.masterCommandSeed: expected balanced quotes')
  await kube.patch(v1Kind, ref, { spec: { masterCommandSeed: 'x' } }, { type: 'merge' })
  expect(await message('ConfigurationError')).toBe('spec.configMap: ConfigMap files does not exist')
})

test('a v2 object that is labelled through v1 loses nothing and is not run again', async () => {
  const { kube } = plane
  const namespace = await namespaceFor(kube, 'labelled')
  const ref = { namespace, name: 'shop' }
  const spec = testSpec({
    master: { command: 'x', autostart: false },
    env: { variables: [{ name: 'A', value: 'b' }] },
  })
  const before = await apply(kube, namespace, 'shop', spec)
  await endPod(kube, await masterPod(namespace), 'shop-master', 0)
  await untilStatus(kube, ref, { phase: 'Succeeded' })
  await kube.patch(v1Kind, ref, { metadata: { labels: { c: 'd' } } }, { type: 'merge' })
  const after = await kube.get(testKind, 'shop', namespace)
  expect(after?.spec).toEqual(before.spec)
  expect(after?.metadata.generation).toBe(1)
  expect(after?.status).toMatchObject({
    phase: 'Succeeded',
    ...condition('TestCompleted', 'True', 'TestSucceeded'),
  })
})

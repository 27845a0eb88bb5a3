// The guide for moving over from locust-k8s-operator, played word for word by kubectl and Helm against a release that
// looks like upstream's: CRD among the templates, conversion and validation by a webhook, a finalizer on every test.
import { readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { locustTest } from '../../../operator/api/locust/locust-test.ts'
import { core, operator, type Kind, type Kube } from '../../../operator/framework/index.ts'
import { loadTestController } from '../../../operator/loadtest/index.ts'
import { readSettings } from '../../../operator/loadtest/settings.ts'
import { withoutConversion } from '../../../operator/loadtest/admission/webhooks.ts'
import { run } from '../../sandbox/machine/command.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { testLog } from '../../../operator/framework/testing/index.ts'
import { startTestPlane, type TestPlane } from '../../support/test-plane.ts'
import { condition, eventually, testKind, untilStatus } from '../../support/loadtest/load-tests.ts'
import { runOperator } from '../../support/loadtest/operator.ts'
import { endPod, podsOf } from '../../support/loadtest/pods.ts'
import { installUpstream, old, team, upstreamName } from './upstream-release.ts'

const root = join(import.meta.dirname, '../../..')
const v1Kind: Kind = { ...locustTest, version: 'v1' }

let plane: TestPlane
let kube: Kube
let env: NodeJS.ProcessEnv

beforeAll(async () => {
  const tools = await ensureTools(['helm', 'kubectl'])
  plane = await startTestPlane({ controllerManager: true })
  kube = plane.kube
  const bin = [dirname(tools.path('helm')), dirname(tools.path('kubectl'))]
  env = {
    ...process.env,
    HOME: plane.dir,
    KUBECONFIG: plane.control.kubeconfigPath,
    PATH: [...bin, process.env['PATH']].join(':'),
  }
  await installUpstream(plane, sh)
})
afterAll(() => plane?.stop())

const sh = (script: string) => run('bash', ['-euo', 'pipefail', '-c', script], { cwd: root, env })

async function guide(): Promise<string[]> {
  const text = await readFile(join(root, 'docs/loadtest/migration.md'), 'utf8')
  return [...text.matchAll(/^ *```sh\n([^]*?)^ *```/gm)].map(([, block = '']) => block)
}

const jobUids = async () =>
  (await kube.list(core.job, { namespace: team })).items.map(({ metadata: { uid } }) => uid)

test('the steps of the guide lose nothing, and a test that runs is taken over', async () => {
  const before = await jobUids()
  const steps = await guide()
  expect(steps).toHaveLength(3)
  for (const step of steps)
    // Nothing here can answer the API server for the new operator.
    await sh(step.replace('--create-namespace', '--create-namespace --set webhook.enabled=false'))
  expect(await kube.get(core.serviceAccount, upstreamName, old)).toBe(undefined)
  expect((await kube.list(core.pod, { namespace: old })).items).toEqual([])
  await sh(`test -z "$(helm list --namespace ${old} --short)"`)

  const op = operator({ name: 'cratekube-loadtest', kube, log: testLog().log })
  const settings = readSettings({ METRICS_EXPORTER_ENABLED: 'false' })
  loadTestController(op, { settings, access: 'direct' })
  const ours = { namespace: 'cratekube-loadtest', serviceName: 'cratekube-loadtest-webhook' }
  await withoutConversion(kube, ours)
  const end = runOperator(op)
  try {
    await untilStatus(
      kube,
      { namespace: team, name: 'shop' },
      {
        phase: 'Pending',
        ...condition('Ready', 'True', 'ResourcesCreated'),
      },
    )
    expect(await jobUids()).toEqual(before)
    const [master] = await podsOf(kube, team, 'shop-master')
    if (!master) throw new Error('the master is gone')
    await endPod(kube, master, 'shop-master', 0)
    await untilStatus(kube, { namespace: team, name: 'shop' }, { phase: 'Succeeded' })
    const over = await kube.get(testKind, 'over', team)
    expect(over?.status).toMatchObject({ phase: 'Succeeded' })
    expect(over?.metadata.finalizers).toBe(undefined)
    await eventually(async () => expect(await kube.get(v1Kind, 'over', team)).toBeDefined())
  } finally {
    await end()
  }
})

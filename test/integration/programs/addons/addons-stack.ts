// The add-ons stack of a tenant in a cluster of its own, by the real runner: a real control plane, a node that kwok plays.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pino } from 'pino'
import {
  runOperation,
  type EngineSettings,
  type OperationResult,
  type StackOperation,
} from '../../../../operator/engine/index.ts'
import { connect, kubeconfigCredentials, type Kube } from '../../../../operator/framework/index.ts'
import {
  kubeconfig as namedKubeconfig,
  readKubeconfig,
} from '../../../sandbox/kubernetes/kubeconfig.ts'
import { kwokBackend, kwokTools } from '../../../sandbox/kwok/backend.ts'
import { takeDown } from '../../../sandbox/down.ts'
import { repository } from '../../../sandbox/manifests.ts'
import { installOfficialKubernetes, installPlugins } from '../../../sandbox/providers/plugins.ts'
import { ensureTools } from '../../../sandbox/tools/ensure.ts'
import { cloudOutputs } from '../../../support/cloud-outputs.ts'

/** Who runs the stack, and by which provider. */
export type Way = {
  engine: EngineSettings['engine']
  provider: 'plugin' | 'double in process'
}

export type AddonsLab = AsyncDisposable & {
  kube: Kube
  kubeconfig: string
  run(way: Way, o: Asked): Promise<OperationResult>
}

type Asked = Pick<StackOperation, 'kind' | 'tenant' | 'refresh'> & { kubeconfig?: string }

/** Its PULUMI_HOME is that of the whole process: runners take it from there. */
export async function addonsLab(): Promise<AddonsLab & { home: string }> {
  await using end = new AsyncDisposableStack()
  const root = await mkdtemp(path.join(tmpdir(), 'addons-lab-'))
  end.defer(() => rm(root, { recursive: true, force: true }))
  const clusterRoot = path.join(root, 'cluster')
  end.defer(() => takeDown({ root: clusterRoot }))
  const home = path.join(root, 'home')
  const tools = await ensureTools([...kwokTools, 'helm', 'pulumi'])
  await installPlugins(home)
  await installOfficialKubernetes(home)
  const kubeconfig = await startCluster(clusterRoot, tools)
  const kube = connect(kubeconfigCredentials(kubeconfig))
  end.defer(() => kube.close())
  const all = end.move()
  const programs = path.dirname(tools.path('helm'))
  return {
    kube,
    kubeconfig,
    home,
    async run(way, { kubeconfig: other, ...operation }) {
      const state = path.join(root, 'state', `${way.engine} ${way.provider}`)
      await mkdir(state, { recursive: true })
      const cli = way.engine === 'cli' ? [path.dirname(tools.path('pulumi'))] : []
      return runOperation(
        {
          program: 'addons',
          stack: 'team-payments.payments.addons',
          config: { 'cratekube:cloud': JSON.stringify(cloudOutputs) },
          ...operation,
        },
        {
          settings: settingsOf(way, `file://${state}`),
          env: {
            PATH: [...cli, programs, '/usr/bin', '/bin'].join(':'),
            // The plugin is older than the setting of the programs, and knows its variable.
            PULUMI_K8S_ENABLE_PATCH_FORCE: 'true',
          },
          files: { KUBECONFIG: other ?? kubeconfig },
          signal: new AbortController().signal,
          onProgress: () => undefined,
          log: pino({ level: 'silent' }),
        },
      )
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  }
}

const settingsOf = ({ engine, provider }: Way, backendUrl: string): EngineSettings => ({
  engine,
  backendUrl,
  passphrase: 'correct horse',
  programsModule: path.join(repository, 'operator/bin/programs.ts'),
  ...(provider === 'double in process' && {
    providersModule: path.join(repository, 'test/sandbox/providers/index.ts'),
  }),
})

/** Its kubeconfig, under the name that the cloud stack gives. */
async function startCluster(root: string, tools: Awaited<ReturnType<typeof ensureTools>>) {
  const backend = kwokBackend({ root, tools })
  const { clusterName: cluster } = cloudOutputs
  await backend.create({
    name: cluster,
    version: '1.36',
    serviceCidr: '172.20.0.0/16',
    oidcIssuer: 'https://oidc.example/id/A',
    authWebhookUrl: 'http://127.0.0.1:9/authenticate',
  })
  await backend.addNode({
    cluster,
    name: 'n1',
    version: '1.36',
    labels: {},
    taints: [],
    instanceType: 'm6i.large',
    zone: 'eu-1a',
    providerId: 'aws:///eu-1a/i-1',
  })
  const { server, ca, user } = readKubeconfig(await backend.adminKubeconfig(cluster))
  return namedKubeconfig({ name: cluster, server, ca, user })
}

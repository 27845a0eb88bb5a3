// What tests of AutoFS ask of the cluster and of its nodes.
import { readFile } from 'node:fs/promises'
import { core, type KubeObject, type Kube } from '../../../operator/framework/index.ts'
import { holdingsOf } from '../../sandbox/inventory.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'

export type Pod = NonNullable<Awaited<ReturnType<typeof podsOf>>>[number]

export async function podsOf(kube: Kube, namespace: string, app?: string) {
  const labelSelector = app && `app.kubernetes.io/name=${app}`
  const { items } = await kube.list(core.pod, { namespace, labelSelector })
  return items.filter(({ metadata }) => metadata.deletionTimestamp === undefined)
}

type PodObject = KubeObject<Pod['spec'], Pod['status']>

export async function untilPod(
  kube: Kube,
  key: { namespace: string; name: string },
  holds: (pod: PodObject) => boolean,
): Promise<void> {
  let last: PodObject | undefined
  const timeoutMs = 60_000
  await waitFor(
    async () => {
      last = await kube.get(core.pod, key.name, key.namespace)
      return last !== undefined && holds(last)
    },
    { what: `pod ${key.name}`, timeoutMs, explain: () => JSON.stringify(last?.status) },
  )
}

export const phase = (pod: PodObject) => pod.status?.phase

/** Mounts of any node below the folder of the automounts. */
export async function nodeMounts(root: string): Promise<string[]> {
  const { processes } = await holdingsOf(root)
  const kubelets = processes.filter(({ command }) => /\/kubelet --config/.test(command))
  if (kubelets.length === 0) throw new Error('no kubelet runs')
  const tables = await Promise.all(
    kubelets.map(({ pid }) => readFile(`/proc/${pid}/mounts`, 'utf8')),
  )
  return tables
    .flatMap((table) => table.split('\n'))
    .filter((line) => line.includes(' /var/lib/cratekube/auto/'))
}

export type Journal = {
  /** Waits for another line: the pod has never been restarted, and its file is the one it opened first. */
  goesOn(): Promise<void>
}

/** The pod of examples/autofs/consumer.yaml, in which a process writes to one open file: `file`, on the machine. */
export async function followJournal(kube: Kube, file: string): Promise<Journal> {
  const lines = async () =>
    (await readFile(file, 'utf8').catch(() => '')).split('\n').filter(Boolean).length
  const grows = async (timeoutMs: number) => {
    const before = await lines()
    const what = 'another line in the journal'
    await waitFor(async () => (await lines()) > before, { what, timeoutMs })
  }
  await grows(60_000)
  const [first] = await podsOf(kube, 'journal')
  if (!first) throw new Error('the example has no pod')
  return {
    goesOn: async () => {
      await grows(10_000)
      const [pod, ...others] = await podsOf(kube, 'journal')
      const restarts = pod?.status?.containerStatuses?.[0]?.restartCount
      const same = pod?.metadata.uid === first.metadata.uid
      if (!same || restarts !== 0 || others.length > 0)
        throw new Error(`the journal's pod changed: ${JSON.stringify(pod?.status)}`)
    },
  }
}

// What open files of consumers survive: automount killed, its pods replaced, a daemon that hangs, a mount that is gone.
import { chmod, mkdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { followJournal, podsOf, type Journal } from './cluster-view.ts'
import { type AutofsLab, fileSystem, otherFileSystem, startAutofsLab } from './lab.ts'

const team = ['team/a', 'team/b'].map((key) => ({
  key,
  options: 'fstype=efs',
  location: `${otherFileSystem}.efs.eu-west-1.amazonaws.com:/${key}`,
}))
const maps = [
  { name: 'home', source: 'EFS' },
  { name: 'builds', entries: team },
]

describe.skipIf(process.getuid?.() !== 0)('consumers of AutoFS survive', () => {
  let lab: AutofsLab
  let open: Journal[]
  beforeAll(async () => {
    lab = await startAutofsLab({ nodes: ['a', 'b'] })
    for (const { key } of team) {
      await mkdir(lab.efs(otherFileSystem, key), { recursive: true })
      await chmod(lab.efs(otherFileSystem, key), 0o777)
    }
    await lab.up({ maps })
    await lab.untilReady()
    await lab.example('autofs/consumer.yaml')
    const journal = await followJournal(lab.kube, lab.efs(fileSystem, 'home/journal/log'))
    await inJournal(
      '(exec >/auto/builds/team/a/log 2>&1 </dev/null; while date; do sleep 1; done) &',
    )
    open = [journal, await followJournal(lab.kube, lab.efs(otherFileSystem, 'team/a/log'))]
  })
  afterAll(() => lab?.stop())

  const inJournal = (script: string) => lab.exec('journal', 'deploy/journal', 'sh', '-c', script)
  const agents = () => podsOf(lab.kube, 'cratekube-system', 'autofs')
  const inAgent = (pod: string, script: string) =>
    lab.exec('cratekube-system', pod, 'sh', '-c', script)

  /** The agent on the node of the consumer, and one on another node. */
  async function agentNames(): Promise<{ here: string; elsewhere: string }> {
    const [journal] = await podsOf(lab.kube, 'journal')
    const all = await agents()
    const here = all.find(({ spec }) => spec.nodeName === journal?.spec.nodeName)
    const elsewhere = all.find((pod) => pod !== here)
    if (!here || !elsewhere) throw new Error('expected an agent on each of two nodes')
    return { here: here.metadata.name, elsewhere: elsewhere.metadata.name }
  }

  async function untilRestarted(pod: string, restarts: number): Promise<void> {
    const restarted = async () => {
      const found = (await agents()).find(({ metadata }) => metadata.name === pod)
      const status = found?.status?.containerStatuses?.[0]
      return status?.restartCount === restarts && status.ready
    }
    await waitFor(restarted, { what: `${pod} restarts`, timeoutMs: 90_000, everyMs: 200 })
  }

  /** Files that are open, a key that was mounted before, and one that nobody has asked for yet. */
  async function allGoesOn(fresh: string): Promise<void> {
    for (const journal of open) await journal.goesOn()
    await lab.untilReady()
    const seen = await inJournal(
      `ls -d /auto/home/${fresh}/. /auto/home/journal/log /auto/builds/team/b/.`,
    )
    expect(seen.split('\n').filter(Boolean)).toHaveLength(3)
    for (const journal of open) await journal.goesOn()
  }

  test('automount killed', async () => {
    const { here } = await agentNames()
    await inAgent(here, 'kill -KILL $(cat /run/cratekube/automount.pid)')
    await untilRestarted(here, 1)
    await allGoesOn('after-kill')
  })

  test('a restart of the DaemonSet', async () => {
    await lab.kubectl('rollout', 'restart', '-n', 'cratekube-system', 'ds/autofs')
    await lab.kubectl('rollout', 'status', '-n', 'cratekube-system', 'ds/autofs', '--timeout=90s')
    await allGoesOn('after-restart')
  })

  test('a daemon that hangs, and a mount that is gone: both noticed and put right', async () => {
    const { here, elsewhere } = await agentNames()
    await inAgent(here, 'kill -STOP $(cat /run/cratekube/automount.pid)')
    await inAgent(elsewhere, 'umount -l /auto/builds')
    await lab.untilSaid('DaemonSet autofs: 0 of 2 ready')
    await Promise.all([untilRestarted(here, 1), untilRestarted(elsewhere, 1)])
    await allGoesOn('after-hang')
  })

  test('new credentials, which are files that only the agents can read', async () => {
    await lab.example('autofs/credentials.yaml')
    const { here } = await agentNames()
    const mode = () =>
      inAgent(here, 'stat -L -c "%a %u" /etc/cratekube/credentials/office').catch(() => '')
    await waitFor(async () => (await mode()) === '400 0\n', {
      what: 'the file of the Secret',
      timeoutMs: 30_000,
    })
    await allGoesOn('after-credentials')
  })
})

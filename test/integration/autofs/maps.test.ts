// AutoFS from a spec to files in pods, on two real nodes: maps made, changed and removed, and what is said of bad ones.
import { mkdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { core } from '../../../operator/framework/index.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { followJournal, phase, podsOf, untilPod } from './cluster-view.ts'
import { type AutofsLab, fileSystem, otherFileSystem, startAutofsLab } from './lab.ts'

const home = { name: 'home', source: 'EFS' }
const builds = (...keys: string[]) => ({
  name: 'builds',
  timeoutSeconds: 1,
  entries: keys.map((key) => ({
    key,
    options: key === 'releases' ? 'fstype=efs,ro' : 'fstype=efs',
    location: `${otherFileSystem}.efs.eu-west-1.amazonaws.com:/${key}`,
  })),
})

describe.skipIf(process.getuid?.() !== 0)('AutoFS', () => {
  let lab: AutofsLab
  beforeAll(async () => {
    lab = await startAutofsLab({ nodes: ['a', 'b'] })
  })
  afterAll(() => lab?.stop())

  const runningAgents = () => podsOf(lab.kube, 'cratekube-system', 'autofs')
  const inJournal = (script: string) => lab.exec('journal', 'deploy/journal', 'sh', '-c', script)

  test('two pods of a baseline namespace on two nodes share a directory made on first use', async () => {
    await lab.up({ maps: [home] })
    await lab.untilReady()
    await lab.example('quickstart/shared-files.yaml')
    const reader = { namespace: 'shared-files', name: 'reader' }
    await untilPod(lab.kube, reader, (pod) => phase(pod) === 'Succeeded')
    expect(await lab.kubectl('logs', '-n', 'shared-files', 'reader')).toMatch(
      /written on [ab]\nread on [ab]/,
    )
    expect(await readFile(lab.efs(fileSystem, 'home/alice/hello.txt'), 'utf8')).toMatch(
      /^written on/,
    )
  })

  test('a new map is served and a mount in use is kept, by the agents that run', async () => {
    await lab.example('autofs/consumer.yaml')
    const journal = await followJournal(lab.kube, lab.efs(fileSystem, 'home/journal/log'))
    const agents = (await runningAgents()).map(({ metadata }) => metadata.uid)
    for (const key of ['nightly', 'releases']) {
      await mkdir(lab.efs(otherFileSystem, key, 'made-by-the-filer'), { recursive: true })
    }
    await lab.up({ maps: [home, builds('nightly', 'releases')] })
    await lab.untilReady()
    expect(await inJournal('ls /auto/builds /auto/builds/nightly')).toMatch(
      /nightly\n.*releases\n[^]*made-by-the-filer/,
    )
    await expect(inJournal('touch /auto/builds/releases/x')).rejects.toThrow(
      'Read-only file system',
    )
    expect((await runningAgents()).map(({ metadata }) => metadata.uid)).toEqual(agents)
    await journal.goesOn()
  })

  test('a key that cannot be mounted is named, with its map and the reason, until it can', async () => {
    await lab.up({ maps: [home, builds('missing', 'nightly')] })
    const message = await lab.untilSaid('map builds, key missing')
    expect(message).toMatch(
      /map builds, key missing: No such file or directory \(on node [ab]\); DaemonSet autofs-probe: 0 of 2 ready/,
    )
    await mkdir(lab.efs(otherFileSystem, 'missing'))
    await lab.untilReady()
  })

  test('a key that is removed goes when it is not used any more', async () => {
    await lab.up({ maps: [home, builds('nightly')] })
    await lab.untilReady()
    const left = () => inJournal('ls /auto/builds/releases').catch(String)
    await waitFor(async () => (await left()).includes('No such file'), {
      what: 'the key goes',
      timeoutMs: 30_000,
    })
  })

  test('a map that is removed while a file of it is open goes when the file is closed', async () => {
    const journal = await followJournal(lab.kube, lab.efs(fileSystem, 'home/journal/log'))
    await lab.up({ maps: [builds('nightly'), { name: 'second', source: 'EFS' }] })
    await lab.untilReady()
    await journal.goesOn()
    await expect(inJournal('ls /auto/home/new')).rejects.toThrow('No such file')
    await lab.kubectl('delete', 'namespace', 'journal', '--wait')
    for (const { metadata } of await runningAgents()) {
      const served = () => lab.exec('cratekube-system', metadata.name, 'ls', '/auto')
      await waitFor(async () => (await served()) === 'builds\nsecond\n', {
        what: `the map goes from ${metadata.name}`,
        timeoutMs: 30_000,
      })
    }
  })

  test('another root is taken over without a reboot', async () => {
    await lab.up({ root: '/mnt/shared', maps: [builds('nightly')] })
    await lab.untilReady()
    const agent = (await runningAgents())[0]?.metadata.name ?? ''
    expect(await lab.exec('cratekube-system', agent, 'ls', '/mnt/shared/builds/nightly')).toBe(
      'made-by-the-filer\n',
    )
  })

  test('agents and probes log what happens and nothing else', async () => {
    const logs = await Promise.all(
      (await runningAgents()).map(({ metadata }) =>
        lab.kubectl('logs', '-n', 'cratekube-system', metadata.name),
      ),
    )
    const lines = logs.join('').split('\n').filter(Boolean)
    expect(lines.filter((line) => !line.includes(' autofs-agent: '))).toEqual([])
  })

  test('goes with the stack, and leaves no mount on a node', async () => {
    await lab.destroy()
    const { items } = await lab.kube.list(core.namespace)
    expect(items.map(({ metadata }) => metadata.name)).not.toContain('cratekube-system')
    expect(await lab.mounts()).toEqual([])
  })
})

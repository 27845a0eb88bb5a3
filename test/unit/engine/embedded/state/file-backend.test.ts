import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openFileBackend } from '../../../../../operator/engine/embedded/state/file-backend.ts'
import { clearLocks, lock } from '../../../../../operator/engine/embedded/state/locks.ts'
import type { Deployment } from '../../../../../operator/engine/embedded/state/state.ts'

const ref = { project: 'proj', stack: 'team-a.dev' }
const deployment: Deployment = { manifest: { time: 't', magic: 'm', version: 'v' }, metadata: {} }

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'cratekube-backend-'))
  onTestFinished(() => rm(path, { recursive: true, force: true }))
  return path
}

test('lays files out as the official CLI does', async () => {
  const root = await folder()
  const backend = await openFileBackend(`file://${root}`)
  expect(await backend.exists(ref)).toBe(false)
  await backend.save(ref, deployment)
  expect(await readFile(join(root, '.pulumi/meta.yaml'), 'utf8')).toBe('version: 1\n')
  expect(
    JSON.parse(await readFile(join(root, '.pulumi/stacks/proj/team-a.dev.json'), 'utf8')),
  ).toEqual({
    version: 3,
    checkpoint: { stack: 'organization/proj/team-a.dev', latest: deployment },
  })
  expect(await backend.load(ref)).toEqual(deployment)
  expect(await backend.list('proj')).toEqual(['team-a.dev'])
})

test('keeps history newest first, a copy of the state with each, and removes it with the stack', async () => {
  const root = await folder()
  const backend = await openFileBackend(`file://${root}`)
  await backend.save(ref, deployment)
  await backend.backUp(ref)
  for (const message of ['one', 'two', 'three']) {
    await backend.addHistory(ref, {
      kind: 'update',
      startTime: 1,
      message,
      environment: {},
      config: {},
      version: 0,
      result: 'succeeded',
      endTime: 2,
      resourceChanges: {},
    })
  }
  expect((await backend.history(ref)).map(({ message }) => message)).toEqual([
    'three',
    'two',
    'one',
  ])
  expect((await backend.history(ref, { limit: 1 })).map(({ message }) => message)).toEqual([
    'three',
  ])
  expect(await readdir(join(root, '.pulumi/history/proj/team-a.dev'))).toHaveLength(6)
  expect(await readdir(join(root, '.pulumi/backups/proj/team-a.dev'))).toHaveLength(1)
  await backend.remove(ref)
  expect(await backend.exists(ref)).toBe(false)
  expect(await backend.history(ref)).toEqual([])
})

test('refuses what it would get wrong: other backends, the old layout, compressed and newer states', async () => {
  await expect(openFileBackend('s3://bucket')).rejects.toThrow('file:// backends only')
  const old = await folder()
  await mkdir(join(old, '.pulumi/stacks'), { recursive: true })
  await writeFile(join(old, '.pulumi/stacks/dev.json'), '{}')
  await expect(openFileBackend(`file://${old}`)).rejects.toThrow('old layout')
  const root = await folder()
  const backend = await openFileBackend(`file://${root}`)
  await mkdir(join(root, '.pulumi/stacks/proj'), { recursive: true })
  await writeFile(join(root, '.pulumi/stacks/proj/team-a.dev.json'), '{"version":4}')
  await expect(backend.load(ref)).rejects.toThrow('version 3')
  await writeFile(join(root, '.pulumi/stacks/proj/team-a.dev.json.gz'), '')
  await expect(backend.load(ref)).rejects.toThrow('compressed')
})

test('a lock keeps others out until it is released or cleared, and names its holder', async () => {
  const path = join(await folder(), 'locks')
  const held = await lock(path)
  await expect(lock(path)).rejects.toThrow(`(pid ${process.pid})`)
  await held[Symbol.asyncDispose]()
  const again = await lock(path)
  await clearLocks(path)
  await (await lock(path))[Symbol.asyncDispose]()
  await again[Symbol.asyncDispose]()
  expect(await readdir(path)).toEqual([])
})

test('of racers for a lock at most one wins and no lock is left of the losers', async () => {
  const path = join(await folder(), 'locks')
  const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lock(path)))
  const won = outcomes.filter(({ status }) => status === 'fulfilled')
  expect(won.length).toBeLessThanOrEqual(1)
  expect(await readdir(path)).toHaveLength(won.length)
})

test.for([
  '',
  '{"version":3,"checkp',
  'null',
  '[]',
  '{}',
  '{"version":3}',
  '{"version":3,"checkpoint":{"latest":5}}',
  '{"version":3,"checkpoint":{"latest":{"manifest":{},"resources":[5]}}}',
])('a state file that holds %j is damaged, by its name', async (text) => {
  const root = await folder()
  const backend = await openFileBackend(`file://${root}`)
  const file = join(root, '.pulumi/stacks/proj/team-a.dev.json')
  await mkdir(join(root, '.pulumi/stacks/proj'), { recursive: true })
  await writeFile(file, text)
  await expect(backend.load(ref)).rejects.toThrow(`${file} is damaged: `)
})

test('what cannot be written is named, and leaves nothing behind', async () => {
  const root = await folder()
  const backend = await openFileBackend(`file://${root}`)
  await mkdir(join(root, '.pulumi/stacks/proj/team-a.dev.json'), { recursive: true })
  await expect(backend.save(ref, deployment)).rejects.toThrow('team-a.dev.json cannot be written: ')
  expect(await readdir(join(root, '.pulumi/stacks/proj'))).toEqual(['team-a.dev.json'])
})

test('a history entry that its writer did not finish hides no other', async () => {
  const root = await folder()
  const backend = await openFileBackend(`file://${root}`)
  const history = join(root, '.pulumi/history/proj/team-a.dev')
  await mkdir(history, { recursive: true })
  await writeFile(join(history, 'team-a.dev-1.history.json'), '{"message":"whole"}')
  await writeFile(join(history, 'team-a.dev-2.history.json'), '{"mess')
  expect(await backend.history(ref, { limit: 1 })).toEqual([{ message: 'whole' }])
})

// What stays of a stack's history and of the copies of its state in a directory backend.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { keptOperations, pruneRecord, removeRecord } from '../../../operator/engine/prune-record.ts'

const stack = 'team-a.payments'
let dir: string
let url: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'cratekube-record-'))
  url = `file://${dir}?no_tmp_dir=true`
})
afterEach(() => rm(dir, { recursive: true, force: true }))

const first = 1_764_147_600_000_000_000n
const put = async (folder: string, ...names: string[]) => {
  await mkdir(join(dir, '.pulumi', folder), { recursive: true })
  for (const name of names) await writeFile(join(dir, '.pulumi', folder, name), '{}')
}
const left = async (folder: string) => (await readdir(join(dir, '.pulumi', folder))).toSorted()

/** As both engines name them; the CLI may compress. */
async function operations(count: number, of = stack): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const time = first + BigInt(i) * 1000n
    const history = [`${of}-${time}.history.json`, `${of}-${time}.checkpoint.json.gz`]
    await put(`history/cratekube/${of}`, ...history)
    await put(`backups/cratekube/${of}`, `${of}.${time}.json`)
  }
}

test('the last operations keep their record, and what is not of an operation stays', async () => {
  await operations(keptOperations + 3)
  await put(`history/cratekube/${stack}`, 'notes.txt')
  await pruneRecord(url, stack)
  const history = await left(`history/cratekube/${stack}`)
  expect(history).toHaveLength(2 * keptOperations + 1)
  expect(history).toContain('notes.txt')
  expect(history).not.toContain(`${stack}-${first + 2000n}.history.json`)
  expect(history).toContain(`${stack}-${first + 3000n}.checkpoint.json.gz`)
  expect(await left(`backups/cratekube/${stack}`)).toHaveLength(keptOperations)
})

test('a stack that was removed leaves nothing, and its add-ons are not touched', async () => {
  const addons = `${stack}.addons`
  await operations(2)
  await operations(2, addons)
  await put(
    'stacks/cratekube',
    `${stack}.json.bak`,
    `${stack}.json.bak.attrs`,
    `${addons}.json`,
    `${addons}.json.bak`,
  )
  await removeRecord(url, stack)
  expect(await left('history/cratekube')).toEqual([addons])
  expect(await left('backups/cratekube')).toEqual([addons])
  expect(await left('stacks/cratekube')).toEqual([`${addons}.json`, `${addons}.json.bak`])
})

test('a stack without a record, and a backend that is no directory, are left alone', async () => {
  await pruneRecord(url, stack)
  await removeRecord(url, stack)
  await pruneRecord('s3://bucket', stack)
  await removeRecord('s3://bucket', stack)
  expect(await readdir(dir)).toEqual([])
})

test('what dead runs were writing goes, of this stack alone', async () => {
  const other = `${stack}-2`
  const addons = `${stack}.addons`
  await put('stacks/cratekube', `${stack}.json`, `${stack}.json.4711.tmp`, `${other}.json`)
  await put('stacks/cratekube', `${other}.json.7.tmp`, `${addons}.json.7.tmp`)
  await put(`history/cratekube/${stack}`, `${stack}-1764147600000000000.history.json.4711.tmp`)
  await pruneRecord(url, stack)
  expect(await left('stacks/cratekube')).toEqual(
    [`${stack}.json`, `${other}.json`, `${other}.json.7.tmp`, `${addons}.json.7.tmp`].toSorted(),
  )
  expect(await left(`history/cratekube/${stack}`)).toEqual([])
})

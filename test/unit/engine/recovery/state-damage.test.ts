// What a person is told of a checkpoint that cannot be read.
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { damageOf } from '../../../../operator/engine/recovery/state-damage.ts'

const stack = 'team-a.payments'
const whole = '{"version":3,"checkpoint":{}}'

async function volume() {
  const dir = await mkdtemp(join(tmpdir(), 'cratekube-damage-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const put = async (path: string, text: string, at: number) => {
    const file = join(dir, '.pulumi', path)
    await mkdir(join(file, '..'), { recursive: true })
    await writeFile(file, text)
    await utimes(file, at, at)
    return file
  }
  return { url: `file://${dir}`, put }
}

test('names the file and the newest copy that can be read', async () => {
  const { url, put } = await volume()
  const file = await put(`stacks/cratekube/${stack}.json`, '{"ver', 50)
  await put(`stacks/cratekube/${stack}.json.bak`, whole, 10)
  const newest = await put(`history/cratekube/${stack}/${stack}-2.checkpoint.json`, whole, 20)
  await put(`history/cratekube/${stack}/${stack}-2.history.json`, '{}', 40)
  await put(`backups/cratekube/${stack}/${stack}.3.json`, '{"version":3,"checkp', 30)
  expect(await damageOf(url, stack)).toBe(
    `The state of stack ${stack}, ${file}, cannot be read; newest backup: ${newest}.`,
  )
})

test('says so where there is no copy, and names a bucket by its stack', async () => {
  const { url } = await volume()
  expect(await damageOf(url, stack)).toMatch(/newest backup: none that can be read\.$/)
  expect(await damageOf('s3://bucket', stack)).toContain(`${stack} in s3://bucket`)
})

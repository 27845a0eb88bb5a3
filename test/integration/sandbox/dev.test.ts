// What `npm run dev` is made of, on processes of its own: started again at a save, told to end before the next begins, and
// ended with it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { restarted } from '../../sandbox/dev/restarted.ts'
import { onSaved } from '../../sandbox/dev/saved.ts'
import { sandboxId } from '../../sandbox/machine/paths.ts'
import { markedProcesses } from '../../sandbox/machine/process-table.ts'

const ends: (() => unknown)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'cratekube-dev-'))
  ends.push(() => rmSync(dir, { recursive: true }))
  return dir
}

/** A process that says what it is told to, and what it does at SIGTERM. */
function started(o: { script: string; graceMs?: number }) {
  const root = folder()
  const file = join(root, 'main.mjs')
  writeFileSync(file, o.script)
  const said: string[] = []
  const running = restarted({
    root,
    launch: { name: 'worker', command: process.execPath, args: [file], env: {} },
    say: (line) => said.push(line),
    graceMs: o.graceMs ?? 20_000,
  })
  ends.push(() => running.stop())
  const times = (line: string) => said.filter((text) => text === line).length
  const says = async (line: string, count = 1) =>
    await expect.poll(() => times(line), { timeout: 30_000 }).toBe(count)
  return { root, file, said, running, says }
}

const gentle = `
console.log('begins')
process.on('SIGTERM', () => { console.log('finishes'); clearInterval(timer) })
const timer = setInterval(() => {}, 1000)`
const deaf = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('begins')`

test('starts again at a save, after the one before has finished', async () => {
  const { root, file, said, running, says } = started({ script: gentle })
  await says('begins')
  using _ = onSaved([root], (files) => {
    if (files.has(file)) running.restart('main.mjs')
  })
  writeFileSync(file, `${gentle}\n`)
  await says('begins', 2)
  expect(said).toEqual(['begins', 'main.mjs: starts again', 'finishes', 'ended (code 0)', 'begins'])
})

test('many saves at once are one', async () => {
  const { running, said, says } = started({ script: gentle })
  await says('begins')
  for (const file of ['a.ts', 'b.ts', 'c.ts']) running.restart(file)
  await says('begins', 2)
  expect(said.filter((line) => line.endsWith('starts again'))).toEqual(['a.ts: starts again'])
})

test('one that ended by a mistake begins again when that is mended', async () => {
  const { file, running, says } = started({ script: 'throw new Error("no")' })
  await says('ended (code 1)')
  writeFileSync(file, gentle)
  running.restart('main.mjs')
  await says('begins')
})

test('one that does not end is killed, and nothing is left of it', async () => {
  const { root, running, said, says } = started({ script: deaf, graceMs: 300 })
  await says('begins')
  expect(markedProcesses(sandboxId(root))).toHaveLength(1)
  await running.stop()
  expect(said).toContain('still there after 0.3 s: killed')
  expect(markedProcesses(sandboxId(root))).toEqual([])
  running.restart('after the end')
  expect(running.pid()).toBeUndefined()
})

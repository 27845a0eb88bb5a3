// How the processes end, on a real one: by a signal, and by what it cannot go on with.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'

const module = join(import.meta.dirname, '../../../operator/bin/start.ts')

/** Code, signal and last words of a process with that body; `kill` when it has said that it is ready. */
async function ended(body: string, kill?: NodeJS.Signals) {
  const script = `import { askedToStop, start, stopSignal } from '${module}'\n${body}`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const words = text(child.stderr)
  if (kill) child.stdout.once('data', () => child.kill(kill))
  else child.stdout.resume()
  const [code, signal] = (await once(child, 'exit')) as [number | null, NodeJS.Signals | null]
  return { code, signal, words: await words }
}

const waits = `
await start(async () => {
  const timer = setInterval(() => {}, 1000)
  const asked = askedToStop()
  console.log('ready')
  await asked
  clearInterval(timer)
})`

test.each(['SIGTERM', 'SIGINT'] as const)('ends by itself after %s', async (kill) => {
  expect(await ended(waits, kill)).toEqual({ code: 0, signal: null, words: '' })
})

test('a signal before there is anything to let go of ends it at once', async () => {
  const body = `console.log('ready'); setInterval(() => {}, 1000)`
  expect(await ended(body, 'SIGTERM')).toMatchObject({ code: null, signal: 'SIGTERM' })
})

test.each([
  [`throw new TypeError('no Redis')`, 'TypeError: no Redis\n'],
  [`throw 'a word'`, 'a word\n'],
])('says in a line what it cannot go on with: %s', async (body, words) => {
  expect(await ended(`await start(async () => { ${body} })`)).toEqual({
    code: 1,
    signal: null,
    words,
  })
})

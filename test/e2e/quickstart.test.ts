// The main job as a newcomer runs it: the demo, from nothing to a load test's verdict and back to nothing.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { takeDown } from '../sandbox/down.ts'
import { holdingsOf, isEmpty } from '../sandbox/inventory.ts'

let root: string

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ck-demo-'))
})

afterEach(async () => {
  await takeDown({ root })
  await rm(root, { recursive: true, force: true })
})

test('the demo makes a tenant cluster with shared files and a load test, and leaves nothing', async () => {
  const { code, output } = await demo(['--exit', '--root', root])
  expect(output).toMatch(/written on (\S+)\nread on (?!\1)\S+/)
  expect(output).toMatch(/checkout\s+Succeeded\s+2 .* Passed/)
  expect(output.trimEnd().split('\n').at(-1)).toMatch(
    /^demo ok cold=[\d.]+ ready=[\d.]+ autofs=[\d.]+ loadtest=[\d.]+$/,
  )
  expect(code).toBe(0)
  expect(isEmpty(await holdingsOf(root))).toBe(true)
})

test('Ctrl-C in the middle of a create leaves nothing', async () => {
  const { code, output } = await demo(['--root', root], {
    interruptAt: 'ControlPlane|cluster-eks|Storage',
  })
  expect(output).toContain('nothing is left running')
  expect(code).toBe(130)
  expect(isEmpty(await holdingsOf(root))).toBe(true)
})

type Ended = { code: number | null; output: string }

function demo(args: string[], o: { interruptAt?: string } = {}): Promise<Ended> {
  const main = new URL('../sandbox/demo.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let interrupted = false
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (o.interruptAt === undefined || interrupted || !new RegExp(o.interruptAt).test(output))
        return
      interrupted = true
      child.kill('SIGINT')
    })
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, output }))
  })
}

// The double as a process of its own: says where it is, ends when told, and leaves no moto behind when it is killed.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ListClustersCommand } from '@aws-sdk/client-eks'
import { clientsFor, eventually } from './fixture.ts'

const main = new URL('../../../sandbox/aws/main.ts', import.meta.url).pathname

let root: string
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), 'aws-process-'))
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function start() {
  const child = spawn(
    process.execPath,
    [main, '--root', root, '--backend', 'memory', '--quotas', '{"vpcsPerRegion":50}'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  for await (const line of createInterface(child.stdout)) {
    const said = JSON.parse(line) as {
      endpoint: string
      credentials: { accessKeyId: string; secretAccessKey: string }
    }
    const status = (await (await fetch(`${said.endpoint}/_sandbox/status`)).json()) as {
      processes: { moto: number }
      persistence: string
      forgottenClusters: string[]
    }
    return { child, ended, status, ...said }
  }
  throw new Error(`the double ended with ${await ended} before it said anything`)
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

test('answers with the credentials that it prints, and ends on SIGTERM', async () => {
  const double = await start()
  const clients = clientsFor(double.endpoint, double.credentials)
  expect((await clients.eks.send(new ListClustersCommand({}))).clusters).toEqual([])
  expect(double.status).toMatchObject({
    persistence: expect.stringContaining('none'),
    forgottenClusters: [],
  })
  clients.destroy()
  double.child.kill('SIGTERM')
  expect(await double.ended).toBe(0)
  expect(alive(double.status.processes.moto)).toBe(false)
})

test('takes moto along when it is killed', async () => {
  const double = await start()
  expect(alive(double.status.processes.moto)).toBe(true)
  double.child.kill('SIGKILL')
  await double.ended
  await eventually(async () => !alive(double.status.processes.moto))
})

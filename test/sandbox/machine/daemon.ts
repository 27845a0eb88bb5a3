// A long-running process of the sandbox on the host itself (etcd, an API server, Redis, the manager): started detached
// with its log in a file, marked with the sandbox's id, and recorded by pid and start time so that `down` finds it.
import { spawn } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sandboxId } from './paths.ts'
import { isAlive, sandboxMark, startTimeOf, type ProcessRef } from './process-table.ts'

export type DaemonOptions = {
  /** Log and record go below it. */
  readonly root: string
  /** The sandbox whose mark it carries, when that is not `root`. */
  readonly sandboxRoot?: string
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly cwd?: string
}

export type Daemon = ProcessRef & {
  readonly name: string
  readonly log: string
  alive(): boolean
  /** SIGTERM, then SIGKILL after `graceMs`; resolves when the process is gone. */
  stop(graceMs?: number): Promise<void>
  /** SIGKILL at once. */
  kill(): Promise<void>
}

export function startDaemon(o: DaemonOptions): Daemon {
  const log = join(o.root, 'log', `${o.name}.log`)
  mkdirSync(dirname(log), { recursive: true })
  const fd = openSync(log, 'a')
  const child = spawn(o.command, o.args, {
    cwd: o.cwd ?? o.root,
    detached: true,
    env: { ...(o.env ?? inheritedEnv()), [sandboxMark]: sandboxId(o.sandboxRoot ?? o.root) },
    stdio: ['ignore', fd, fd],
  })
  closeSync(fd)
  child.on('error', () => undefined) // no pid below says the same, with a better message
  child.unref()
  const startTime = child.pid === undefined ? undefined : startTimeOf(child.pid)
  if (child.pid === undefined || startTime === undefined) {
    throw new Error(`${o.name}: ${o.command} did not start; see ${log}`)
  }
  const ref = { pid: child.pid, startTime }
  const record = join(o.root, 'run', `${o.name}.json`)
  mkdirSync(dirname(record), { recursive: true })
  writeFileSync(record, JSON.stringify(ref))
  return daemonOf(ref, { name: o.name, log, record })
}

/** The daemon of that name which an earlier process started, when it is still alive. */
export function findDaemon(root: string, name: string): Daemon | undefined {
  const record = join(root, 'run', `${name}.json`)
  const ref = readRecord(record)
  if (ref === undefined || !isAlive(ref)) return undefined
  return daemonOf(ref, { name, log: join(root, 'log', `${name}.log`), record })
}

export async function endProcess(ref: ProcessRef, graceMs: number): Promise<void> {
  if (graceMs > 0) {
    signalProcess(ref, 'SIGTERM')
    if (await goneWithin(ref, graceMs)) return
  }
  signalProcess(ref, 'SIGKILL')
  if (!(await goneWithin(ref, 10_000)))
    throw new Error(`process ${ref.pid} survived SIGKILL for 10 s`)
}

/** The last lines of a log, for error messages. */
export function logTail(path: string, lines = 15): string {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-lines).join('\n')
  } catch {
    return '(no log)' // it never got as far as opening it
  }
}

function daemonOf(ref: ProcessRef, o: { name: string; log: string; record: string }): Daemon {
  const end = async (graceMs: number): Promise<void> => {
    await endProcess(ref, graceMs)
    rmSync(o.record, { force: true })
  }
  return {
    ...ref,
    name: o.name,
    log: o.log,
    alive: () => isAlive(ref),
    stop: (graceMs = 5_000) => end(graceMs),
    kill: () => end(0),
  }
}

/** Daemons of that root whose record says they run. */
export function recordedDaemons(root: string): Daemon[] {
  const dir = join(root, 'run')
  const names = existsSync(dir) ? readdirSync(dir).filter((file) => file.endsWith('.json')) : []
  return names.flatMap((file) => findDaemon(root, file.slice(0, -'.json'.length)) ?? [])
}

function readRecord(path: string): ProcessRef | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessRef // written by startDaemon above
  } catch {
    return undefined // absent, or torn by a kill: the mark in its environment still finds the process
  }
}

function signalProcess(ref: ProcessRef, signal: NodeJS.Signals): void {
  if (!isAlive(ref)) return
  try {
    process.kill(ref.pid, signal)
  } catch (error) {
    if (isAlive(ref)) throw error
  }
}

async function goneWithin(ref: ProcessRef, ms: number): Promise<boolean> {
  const deadline = performance.now() + ms
  while (isAlive(ref)) {
    if (performance.now() > deadline) return false
    await sleep(5)
  }
  return true
}

/** And what makes programs of Go and of Node start with less work, where the machine has the memory (test/run.ts). */
const inherited = ['PATH', 'HOME', 'LANG', 'TZ', 'GOGC', 'NODE_COMPILE_CACHE']

function inheritedEnv(): Record<string, string> {
  return Object.fromEntries(
    inherited.flatMap((name) => {
      const value = process.env[name]
      return value === undefined ? [] : [[name, value]]
    }),
  )
}

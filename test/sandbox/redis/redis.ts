// A Redis server on a loopback port, with the policy BullMQ needs, and ways to lose it in tests.
import { mkdir } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { logTail, startDaemon, type Daemon, type DaemonOptions } from '../machine/daemon.ts'
import { freePort } from '../machine/ports.ts'
import { waitFor } from '../machine/wait.ts'
import { ensureDebianPackages } from '../tools/debian.ts'

export type Redis = {
  readonly url: string
  readonly daemon: Daemon
  stop(): Promise<void>
  /** SIGKILL: what was not yet on disk is lost. */
  kill(): Promise<void>
  /** Starts it again on the same port, with what it had written to disk. */
  restart(): Promise<void>
}

export type RedisOptions = {
  readonly root: string
  readonly name?: string
  /** Settings in place of those here or beside them. */
  readonly settings?: Record<string, string | number>
  /** How else the server is started; with settings from here for what belongs to this machine. */
  readonly launch?: (args: string[]) => Pick<DaemonOptions, 'command' | 'args' | 'env'>
  readonly onProgress?: (line: string) => void
}

export async function startRedis(o: RedisOptions): Promise<Redis> {
  await ensureDebianPackages(['redis-server'], o.onProgress)
  const name = o.name ?? 'redis'
  const dir = join(o.root, name)
  await mkdir(dir, { recursive: true })
  const port = await freePort()
  const start = async (): Promise<Daemon> => {
    const daemon = startDaemon({
      root: o.root,
      name,
      ...(o.launch ?? plainly)(redisArgs({ port, dir, ...o.settings })),
    })
    await waitFor(async () => daemon.alive() && (await answersPing(port)), {
      what: 'Redis answers',
      timeoutMs: 15_000,
      explain: () => logTail(daemon.log),
    })
    return daemon
  }
  let daemon = await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    get daemon() {
      return daemon
    },
    stop: () => daemon.stop(),
    kill: () => daemon.kill(),
    restart: async () => {
      if (daemon.alive()) await daemon.stop()
      daemon = await start()
    },
  }
}

const plainly = (args: string[]) => ({ command: 'redis-server', args })

/** Its own process title would overwrite the environment by which `down` knows it. Append-only, so that a restart keeps the queue, and noeviction, without which BullMQ loses jobs. */
function redisArgs(settings: Record<string, string | number>): string[] {
  return Object.entries({
    bind: '127.0.0.1',
    appendonly: 'yes',
    save: '',
    'maxmemory-policy': 'noeviction',
    'set-proc-title': 'no',
    ...settings,
  }).flatMap(([name, value]) => [`--${name}`, `${value}`])
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    socket.setTimeout(1000, () => socket.destroy())
    socket.once('data', (data) => {
      resolve(/^(\+PONG|-NOAUTH)/.test(data.toString()))
      socket.destroy()
    })
    socket.once('error', () => resolve(false))
    socket.once('close', () => resolve(false))
  })
}

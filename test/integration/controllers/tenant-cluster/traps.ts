// What a hostile kubeconfig leads to: a server, a command and a file that tell when somebody fell for them.
import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export type Traps = AsyncDisposable & {
  /** host:port of a server that answers nobody and counts whoever comes. */
  readonly address: string
  /** Notes that it ran. */
  readonly command: string
  /** Notes that it was opened: a pipe, whose writer waits for a reader. */
  readonly file: string
  /** What has happened, such as `the command ran`. */
  sprung(): string[]
}

export async function layTraps(): Promise<Traps> {
  const dir = mkdtempSync(join(tmpdir(), 'cratekube-traps-'))
  const at = (name: string) => join(dir, name)
  const sockets = new Set<Socket>()
  let visitors = 0
  const server = createServer((socket) => {
    visitors++
    sockets.add(socket.on('error', () => undefined))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  writeFileSync(at('command'), `#!/bin/sh\ntouch ${at('ran')}\necho '{"status":{"token":"T"}}'\n`, { mode: 0o755 }) // prettier-ignore
  execFileSync('sh', ['-c', 'mkfifo "$0"', at('file')])
  const writer = spawn('sh', ['-c', 'echo hostile > "$0" && touch "$1"', at('file'), at('read')])
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on TCP
    command: at('command'),
    file: at('file'),
    sprung: () => [
      ...(visitors > 0 ? ['somebody came to the server'] : []),
      ...(existsSync(at('ran')) ? ['the command ran'] : []),
      ...(existsSync(at('read')) ? ['the file was read'] : []),
    ],
    async [Symbol.asyncDispose]() {
      writer.kill('SIGKILL')
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

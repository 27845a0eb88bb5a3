// A free loopback port for a server that is started with it. Below those that the kernel hands out by itself (32768 and up on
// Linux): any client could be given one of them between the asking and the server's start.
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'
import { errorCode } from './lock.ts'

const [lowest, count] = [20_000, 10_000]

export async function freePort(): Promise<number> {
  for (;;) {
    const port = lowest + randomInt(count)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) =>
      errorCode(error) === 'EADDRINUSE' ? resolve(false) : reject(error),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

// How much is read of what a master and the kubelet of its node answer by way of the API server.
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { connect, isTooLarge } from '../../../operator/framework/index.ts'
import { readStats, readSummary } from '../../../operator/loadtest/results/master.ts'

const mebi = 1024 * 1024
const signal = new AbortController().signal
const pod = { namespace: 'a', name: 'shop-master-x', container: 'shop-master' }

async function answering(answer: (response: ServerResponse) => void) {
  const server = createServer((_, response) => answer(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  const kube = connect({ server: `http://127.0.0.1:${port}` })
  onTestFinished(() => {
    kube.close()
    server.closeAllConnections()
    server.close()
  })
  return kube
}

const stats = (more: string) =>
  `{"state":"running","user_count":1,"stats":[],"workers":[],"more":"${more}"}`

test('the figures of a master are read through the API server to 4 MiB, and no further', async () => {
  let size = 3 * mebi
  const kube = await answering((response) => response.end(stats('x'.repeat(size))))
  const ask = () => readStats({ kube, access: 'proxy', signal }, { ...pod, address: undefined })
  expect(await ask()).toMatchObject({ state: 'running' })
  size = 5 * mebi
  expect(await ask()).toBe(undefined)
})

test('a log is read no further than was asked for, whatever the kubelet sends', async () => {
  const kube = await answering((response) => response.end('x'.repeat(3 * mebi)))
  const failure = await readSummary({ kube, signal, impatient: false }, pod).catch(
    (error: unknown) => error,
  )
  expect(isTooLarge(failure)).toBe(true)
  // The last live figures stand, and the test ends.
  expect(await readSummary({ kube, signal, impatient: true }, pod)).toBe(undefined)
})

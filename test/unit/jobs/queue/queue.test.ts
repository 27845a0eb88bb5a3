// How a URL and its settings become a connection.
import { expect, test } from 'vitest'
import { failingFast, waiting } from '../../../../operator/jobs/queue/queue.ts'

test.each([failingFast, waiting])('reads a URL the same for both sides', (connection) => {
  const url = 'redis://us%40er:p%2Fss@[::1]/3'
  expect(connection({ url, prefix: 'x' })).toMatchObject({
    host: '::1',
    port: 6379,
    db: 3,
    username: 'us@er',
    password: 'p/ss',
  })
  expect(connection({ url, prefix: 'x' })).not.toHaveProperty('tls')
})

test('takes a password of its own as it is, in place of the one in the URL', () => {
  const url = 'redis://cratekube:old@redis:6380'
  const connection = waiting({ url, prefix: 'x', password: 'a%41 "$' })
  expect(connection).toMatchObject({ username: 'cratekube', password: 'a%41 "$', port: 6380 })
})

test('asks a server behind TLS by its name, which an address is not, and trusts the authorities that are given', () => {
  const tlsOf = (url: string, ca?: string) => waiting({ url, prefix: 'x', ...(ca && { ca }) }).tls
  expect(tlsOf('rediss://redis.example', 'PEM')).toEqual({ ca: 'PEM', servername: 'redis.example' })
  expect(tlsOf('rediss://redis.example')?.ca).toBeUndefined()
  for (const address of ['10.0.0.1', '[fd00::1]']) {
    expect(tlsOf(`rediss://${address}`)).not.toHaveProperty('servername')
  }
})

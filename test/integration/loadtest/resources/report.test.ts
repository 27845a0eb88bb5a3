// The program of the container locust-report, run by a real Python: what it delivers to each target, signed as S3
// wants it, and what it says when it cannot.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createHmac } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  reportDirectory,
  reportScript,
  reportVolumeMount,
} from '../../../../operator/loadtest/resources/report-script.ts'
import { parseDelivered } from '../../../../operator/loadtest/results/delivered.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'ck-report-'))
  await mkdir(join(root, 'files'))
  await writeFile(join(root, 'files/report.html'), '<html>')
  await writeFile(join(root, 'files/report_stats.csv'), 'Type,Name,Request Count\nGET,/a b,7\n')
})
afterEach(() => rm(root, { recursive: true }))

/** Runs until it was told that the master has ended. */
async function deliver(env: Record<string, string>) {
  const script = reportScript
    .replaceAll(reportDirectory, join(root, 'files'))
    .replaceAll(reportVolumeMount, join(root, 'volume'))
    .replace('ended.wait()', 'print("waiting", flush=True)\nended.wait()')
  const child = spawn('python3', ['-c', script], {
    env: {
      PATH: process.env['PATH'],
      REPORT_FORMATS: 'html,csv,json',
      REPORT_PATH: 'x/team-a/shop',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let log = ''
  for await (const piece of child.stdout) {
    if (log === '') child.kill('SIGTERM')
    log += String(piece)
  }
  const delivered = parseDelivered(log)
  if (!delivered) throw new Error(`nothing was said:\n${log}`)
  return delivered
}

const unpacked = (text = '') => gunzipSync(Buffer.from(text, 'base64')).toString()

test('a ConfigMap gets every file, JSON made from the tables', async () => {
  const { files, error } = await deliver({ REPORT_TO: 'configMap' })
  expect(error).toBe(undefined)
  expect(Object.keys(files)).toEqual(['report.html', 'report.json', 'report_stats.csv'])
  expect(unpacked(files['report.html'])).toBe('<html>')
  expect(JSON.parse(unpacked(files['report.json']))).toEqual({
    stats: [{ Type: 'GET', Name: '/a b', 'Request Count': '7' }],
    failures: [],
    exceptions: [],
  })
})

test('a volume gets them in a folder of the run', async () => {
  const { path = '' } = await deliver({
    REPORT_TO: 'persistentVolumeClaim',
    REPORT_FORMATS: 'html',
  })
  expect(path).toMatch(/^x\/team-a\/shop\/\d{8}T\d{6}Z$/)
  expect(await readFile(join(root, 'volume', path, 'report.html'), 'utf8')).toBe('<html>')
})

test('says when Locust wrote nothing', async () => {
  await rm(join(root, 'files/report.html'))
  const { error } = await deliver({ REPORT_TO: 'configMap' })
  expect(error).toBe('Locust wrote no report')
})

type Put = { path: string; body: string; signed: boolean }

test('a bucket gets them, signed with the Secret’s key', async () => {
  const puts: Put[] = []
  const server = createServer((request, response) => {
    void received(request).then((put) => {
      puts.push(put)
      response.writeHead(put.signed ? 200 : 403).end(put.signed ? '' : 'SignatureDoesNotMatch')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const env = {
    REPORT_TO: 'uploadTo',
    REPORT_BUCKET: 'reports',
    REPORT_REGION: 'eu-1',
    REPORT_ENDPOINT: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ACCESS_KEY_ID: 'AKID',
  }
  const { path } = await deliver({ ...env, AWS_SECRET_ACCESS_KEY: secret })
  expect(puts.map((put) => put.path)).toEqual(
    ['report.html', 'report.json', 'report_stats.csv'].map((name) => `/reports/${path}/${name}`),
  )
  expect(puts[0]).toMatchObject({ body: '<html>', signed: true })
  const { error } = await deliver({ ...env, AWS_SECRET_ACCESS_KEY: 'wrong' })
  expect(error).toBe('HTTP Error 403: Forbidden SignatureDoesNotMatch')
  await new Promise((resolve) => server.close(resolve))
})

const secret = 'wJalrXUtnFEMI/K7MDENG'

/** Signature Version 4 as AWS describes it. */
async function received(request: IncomingMessage): Promise<Put> {
  const parts: Buffer[] = []
  for await (const part of request as AsyncIterable<Buffer>) parts.push(part)
  const body = Buffer.concat(parts)
  const path = request.url ?? ''
  const { authorization = '', host = '', 'x-amz-date': time = '' } = request.headers
  const sum = createHash('sha256').update(body).digest('hex')
  const headers = `host:${host}\nx-amz-content-sha256:${sum}\nx-amz-date:${String(time)}\n`
  const canonical = `PUT\n${path}\n\n${headers}\nhost;x-amz-content-sha256;x-amz-date\n${sum}`
  const day = String(time).slice(0, 8)
  const scope = `${day}/eu-1/s3/aws4_request`
  const text = `AWS4-HMAC-SHA256\n${String(time)}\n${scope}\n${createHash('sha256').update(canonical).digest('hex')}`
  const hmac = (key: string | Buffer, data: string) =>
    createHmac('sha256', key).update(data).digest()
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${secret}`)
  const signature = hmac(key, text).toString('hex')
  return { path, body: body.toString(), signed: authorization.endsWith(`Signature=${signature}`) }
}

// The worker as a process, from an image without the plugins of its programs: it says so, and takes nothing.
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { text } from 'node:stream/consumers'
import { expect, onTestFinished, test } from 'vitest'
import { plugins } from '../../../operator/provider/registry/plugins.ts'
import { freePort } from '../../sandbox/machine/ports.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { repository } from '../../sandbox/manifests.ts'
import { installPlugins } from '../../sandbox/providers/plugins.ts'
import { startRedis } from '../../sandbox/redis/redis.ts'
import { ensureTools } from '../../sandbox/tools/ensure.ts'
import { startTestApi } from '../../support/api-server.ts'

test('a worker without its plugins is not ready, says which, and takes operations once they are there', async () => {
  await using end = new AsyncDisposableStack()
  const dir = await mkdtemp(join(tmpdir(), 'worker-image-'))
  end.defer(() => rm(dir, { recursive: true, force: true }))
  const [api, redis] = await Promise.all([startTestApi(), startRedis({ root: dir })])
  end.defer(() => api.stop())
  end.defer(() => redis.stop())
  await writeFile(join(dir, 'kubeconfig'), api.kubeconfig)
  await writeFile(join(dir, 'passphrase'), 'secret')
  const port = await freePort()
  const tools = await ensureTools(['jail', 'pulumi'])
  const worker = spawn(process.execPath, [join(repository, 'operator/bin/worker.ts')], {
    env: {
      PATH: `${dirname(tools.path('pulumi'))}:/usr/bin:/bin`,
      HOME: dir,
      TMPDIR: dir,
      PULUMI_HOME: join(dir, 'home'),
      KUBECONFIG: join(dir, 'kubeconfig'),
      CRATEKUBE_REDIS_URL: redis.url,
      CRATEKUBE_STATE_BACKEND: `file://${dir}/state`,
      CRATEKUBE_STATE_PASSPHRASE_FILE: join(dir, 'passphrase'),
      CRATEKUBE_JAIL: tools.path('jail'),
      CRATEKUBE_HEALTH_HOST: '127.0.0.1',
      CRATEKUBE_HEALTH_PORT: String(port),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void worker.kill('SIGKILL'))
  const log = text(worker.stdout)
  const readyz = async (status: number, words: string) => {
    const probe = async () => {
      const response = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
      const body = await response?.text()
      return response?.status === status && body?.includes(words) ? body : undefined
    }
    return await waitFor(probe, { what: `${status} ${words}`, timeoutMs: 60_000 })
  }
  const unready = await readyz(503, 'PluginMissing')
  for (const [name, version] of Object.entries(plugins))
    expect(unready).toContain(`pulumi-resource-${name} ${version}`)
  await installPlugins(join(dir, 'home'))
  await readyz(200, '[+] image')
  worker.kill('SIGTERM')
  const messages = (await log)
    .split('\n')
    .flatMap((line) => /"msg":"([^"]+)"/.exec(line)?.[1] ?? [])
  expect(
    messages.filter((message) => message.endsWith('operations') || message.endsWith('taken')),
  ).toEqual(['no operations are taken', 'taking operations'])
}, 120_000)

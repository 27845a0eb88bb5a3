// Finds a Go command (1.21 or later: it fetches the toolchain that a go.mod asks for by itself), or takes one from the
// Go module proxy, which serves toolchains as modules.
import { createWriteStream } from 'node:fs'
import { access, chmod, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { run } from '../machine/command.ts'
import { withLock } from '../machine/lock.ts'
import { cacheDir } from '../machine/paths.ts'

const toolchain = 'v0.0.1-go1.26.8'

export async function findGo(onProgress: (line: string) => void): Promise<string> {
  for (const dir of [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin']) {
    const go = join(dir, 'go')
    if (dir !== '' && (await isRecentGo(go))) return go
  }
  return fetchGo(onProgress)
}

async function isRecentGo(go: string): Promise<boolean> {
  const text = await run(go, ['version'], { cwd: '/' }).catch(() => '') // not there, or not runnable
  const minor = /go1\.(\d+)/.exec(text)?.[1]
  return minor !== undefined && Number(minor) >= 21
}

async function fetchGo(onProgress: (line: string) => void): Promise<string> {
  const name = `${toolchain}.linux-${process.arch === 'arm64' ? 'arm64' : 'amd64'}`
  const home = join(cacheDir(), 'go', name)
  const go = join(home, 'bin', 'go')
  await withLock(`${home}.lock`, async () => {
    if (await isRecentGo(go)) return
    onProgress(`fetching the Go toolchain ${toolchain.slice('v0.0.1-'.length)}`)
    const scratch = `${home}.${process.pid}`
    await mkdir(scratch, { recursive: true })
    try {
      await download(`golang.org/toolchain/@v/${name}.zip`, join(scratch, 'go.zip'))
      // python3 is on every machine that can run the sandbox; unzip is not.
      await run('python3', ['-m', 'zipfile', '-e', join(scratch, 'go.zip'), join(scratch, 'tree')])
      const tree = join(scratch, 'tree', 'golang.org', `toolchain@${name}`)
      await makeExecutable([join(tree, 'bin'), join(tree, 'pkg', 'tool')])
      await rm(home, { recursive: true, force: true })
      await rename(tree, home)
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  })
  await access(go)
  return go
}

async function download(path: string, file: string): Promise<void> {
  const proxies = (process.env['GOPROXY'] ?? '').split(/[,|]/).filter((p) => p.startsWith('http'))
  const proxy = proxies[0] ?? 'https://proxy.golang.org'
  const response = await fetch(`${proxy.replace(/\/$/, '')}/${path}`)
  if (!response.ok || response.body === null) {
    throw new Error(`no Go command is installed, and ${proxy}/${path} answered ${response.status}`)
  }
  await pipeline(Readable.fromWeb(response.body), createWriteStream(file))
}

async function makeExecutable(dirs: readonly string[]): Promise<void> {
  for (const dir of dirs) {
    for (const entry of await readdir(dir, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) await chmod(join(entry.parentPath, entry.name), 0o755)
    }
  }
}

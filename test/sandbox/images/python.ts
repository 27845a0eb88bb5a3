// Python packages from PyPI, by the pip of a virtual environment in the cache.
import { access, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../machine/command.ts'
import { withLock } from '../machine/lock.ts'
import { cacheDir } from '../machine/paths.ts'
import { ensureDebianPackages } from '../tools/debian.ts'

/** Installs into a folder. The interpreter must be Debian 12's, whose ABI the image's is. */
export async function installPython(
  requirement: string,
  target: string,
  onProgress: (line: string) => void,
): Promise<void> {
  await ensureDebianPackages(['python3-venv'], onProgress)
  const python = await venvPython()
  await mkdir(target, { recursive: true })
  await run(python, ['-m', 'pip', 'install', '-q', '--target', target, '--compile', requirement])
  for (const name of ['bin', 'pytest', '_pytest'])
    await rm(join(target, name), { recursive: true, force: true })
  const entries = await readdir(target, { recursive: true, withFileTypes: true })
  for (const entry of entries) {
    if (entry.isDirectory() && entry.name === 'tests') {
      await rm(join(entry.parentPath, entry.name), { recursive: true, force: true })
    }
  }
}

async function venvPython(): Promise<string> {
  const venv = join(cacheDir(), 'venv', 'images')
  const python = join(venv, 'bin', 'python')
  await withLock(`${venv}.lock`, async () => {
    const there = await access(python).then(
      () => true,
      () => false,
    )
    if (!there) await run('/usr/bin/python3', ['-m', 'venv', venv])
  })
  return python
}

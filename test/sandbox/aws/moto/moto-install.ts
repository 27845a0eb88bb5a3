// Finds a Python that has moto, or makes one: a virtual environment in the cache, built once, shared by all checkouts.
import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { cacheDir } from '../../machine/paths.ts'
import { ensureDebianPackages } from '../../tools/debian.ts'

const motoVersion = '5.2.5'

const run = promisify(execFile)

/** Path of a python3 that can `import moto.server`. */
export async function motoPython(
  onProgress: (line: string) => void = () => undefined,
): Promise<string> {
  const home = path.join(cacheDir(), 'python', `moto-${motoVersion}`)
  const python = path.join(home, 'bin', 'python3')
  if (await exists(path.join(home, 'bin', 'moto_server'))) return python
  onProgress('installing moto')
  await ensureDebianPackages(['python3-venv'], onProgress)
  await mkdir(path.dirname(home), { recursive: true })
  const fresh = await mkdtemp(`${home}.`)
  await run('python3', ['-m', 'venv', fresh])
  // Python compiles what is imported when it is: a small part of all that comes along.
  const flags = ['--quiet', '--no-compile', '--disable-pip-version-check']
  await run(path.join(fresh, 'bin', 'pip'), ['install', ...flags, `moto[server]==${motoVersion}`])
  try {
    await rename(fresh, home)
  } catch (error) {
    // Somebody else was quicker; theirs is as good.
    if (!(await exists(python))) throw error
    await rm(fresh, { recursive: true, force: true })
  }
  return python
}

const exists = (file: string) =>
  access(file).then(
    () => true,
    () => false,
  )

// The framework as others get it: packed, and installed into an empty folder beside its own examples.
import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { repository } from '../../sandbox/manifests.ts'

const run = promisify(execFile)

export type Installed = {
  /** Of the project that uses it. */
  readonly dir: string
  /** A file of that project. */
  write(path: string, text: string): void
  /** What TypeScript says of these files; nothing when they are right. */
  mistakes(files: string[]): Promise<string>
  /** The command of the package. */
  start(args: string[], env?: Record<string, string>): Command
  node(args: string[]): Promise<{ code: number | null; said: string }>
  remove(): void
}

export type Command = {
  /** All that it printed so far. */
  said(): string
  stop(signal?: NodeJS.Signals): void
  readonly ended: Promise<number | null>
}

export async function installPackage(): Promise<Installed> {
  const dir = mkdtempSync(join(tmpdir(), 'framework-installed-'))
  const pack = [join(repository, 'operator/framework/pack.ts'), dir]
  const { stdout } = await run(process.execPath, pack, { cwd: repository })
  const write = (path: string, text: string) => writeFileSync(join(dir, path), text)
  write('package.json', JSON.stringify({ private: true, type: 'module' }))
  const flags = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund']
  await run('npm', ['install', ...flags, stdout.trim()], { cwd: dir })
  const installed = join(dir, 'node_modules/@cratekube/framework')
  for (const folder of ['examples', 'docs'])
    cpSync(join(installed, folder), join(dir, folder), { recursive: true })
  return {
    dir,
    write,
    mistakes: (files) => typeCheck(dir, files),
    start: (args, env) => start(dir, [join(dir, 'node_modules/.bin/framework'), ...args], env),
    async node(args) {
      const command = start(dir, args)
      return { code: await command.ended, said: command.said() }
    },
    remove: () => rmSync(dir, { recursive: true }),
  }
}

/** With the compiler and the types of the repository, which a project would have among its own packages. */
async function typeCheck(dir: string, files: string[]): Promise<string> {
  const packages = join(repository, 'node_modules')
  const project = {
    extends: join(repository, 'tsconfig.json'),
    compilerOptions: {
      typeRoots: [join(packages, '@types')],
      paths: { '@kubernetes/client-node': [join(packages, '@kubernetes/client-node')] },
    },
    include: files,
  }
  writeFileSync(join(dir, 'tsconfig.json'), JSON.stringify(project))
  const command = join(packages, '.bin/tsc')
  return run(command, ['-p', dir, '--pretty', 'false']).then(
    () => '',
    ({ stdout }: { stdout: string }) => stdout,
  )
}

/** Under the Node that runs the tests. */
function start(dir: string, args: string[], env: Record<string, string> = {}): Command {
  mkdirSync(join(dir, 'home'), { recursive: true })
  const child = spawn(process.execPath, args, {
    cwd: dir,
    env: { PATH: process.env['PATH'], HOME: join(dir, 'home'), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (said += text))
  return {
    said: () => said,
    stop: (signal = 'SIGTERM') => void child.kill(signal),
    ended: new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve(code))
    }),
  }
}

// Packs the framework for others: `npm run pack --workspace @cratekube/framework -- FOLDER`. In this repository its sources run
// as they are; Node takes no TypeScript from node_modules, so what is packed is JavaScript with declarations beside it.
import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import process, { argv } from 'node:process'

const framework = import.meta.dirname
const root = join(framework, '../..')

type Manifest = {
  exports: Record<string, string>
  bin: Record<string, string>
  [field: string]: unknown
}

/** The path of the tarball. */
function pack(folder: string): string {
  const dir = mkdtempSync(join(tmpdir(), 'framework-pack-'))
  try {
    const project = join(framework, 'tsconfig.pack.json')
    run(join(root, 'node_modules/.bin/tsc'), ['-p', project, '--outDir', join(dir, 'dist')])
    for (const path of ['README.md', 'docs', 'examples'])
      cpSync(join(framework, path), join(dir, path), { recursive: true })
    cpSync(join(root, 'LICENSE'), join(dir, 'LICENSE'))
    const manifest = JSON.parse(readFileSync(join(framework, 'package.json'), 'utf8')) as Manifest // our own
    writeFileSync(join(dir, 'package.json'), JSON.stringify(packed(manifest), null, 2))
    const [file = ''] = run('npm', ['pack', dir, '--silent', '--pack-destination', folder]).split(
      '\n',
    )
    return join(folder, file)
  } finally {
    rmSync(dir, { recursive: true })
  }
}

/** As it stands in the tarball: the same doors, with JavaScript behind them. */
function packed(own: Manifest): Manifest {
  const { private: _, scripts: __, devDependencies: ___, ...manifest } = own
  const built = (path: string, extension: string) =>
    path.replace(/^\.\/(.*)\.ts$/, `./dist/$1${extension}`)
  const doors = Object.entries(manifest.exports).map(([door, path]) => [
    door,
    { types: built(path, '.d.ts'), default: built(path, '.js') },
  ])
  const bin = Object.entries(manifest.bin).map(([name, path]) => [name, built(path, '.js')])
  return { ...manifest, exports: Object.fromEntries(doors), bin: Object.fromEntries(bin) }
}

const run = (command: string, args: string[]): string =>
  execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })

if (import.meta.main) {
  const [, , folder] = argv
  if (folder === undefined) throw new Error('usage: node operator/framework/pack.ts FOLDER')
  process.stdout.write(`${pack(resolve(process.env['INIT_CWD'] ?? '.', folder))}\n`)
}

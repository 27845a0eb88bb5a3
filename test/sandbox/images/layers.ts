// Builds the layers of an image as uncompressed tars, each under the hash of what goes into it: a layer whose inputs did
// not change is not built again.
import { createHash } from 'node:crypto'
import {
  access,
  chmod,
  cp,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { bundle } from '../bundle.ts'
import { run } from '../machine/command.ts'
import { withLock } from '../machine/lock.ts'
import { cacheDir } from '../machine/paths.ts'
import { ensureDebianPackages } from '../tools/debian.ts'
import type { Tools } from '../tools/ensure.ts'
import type { FileSource, Layer } from './definitions.ts'
import { makeDebianTree } from './debian-tree.ts'
import { installPython } from './python.ts'

const repository = new URL('../../../', import.meta.url).pathname

export type LayerContext = {
  readonly tools: Pick<Tools, 'path'>
  readonly onProgress: (line: string) => void
}

export async function buildLayer(layer: Layer, title: string, c: LayerContext): Promise<string> {
  const key = createHash('sha256').update(JSON.stringify([process.arch, layer]))
  for (const input of await inputsOf(layer, c.tools)) key.update(input)
  const dir = join(cacheDir(), 'images', 'layers')
  const path = join(dir, `${key.digest('hex').slice(0, 24)}.tar`)
  if (await exists(path)) return path
  await mkdir(dir, { recursive: true })
  await withLock(`${path}.lock`, async () => {
    if (await exists(path)) return
    if (layer.kind !== 'files') c.onProgress(`building image ${title}`)
    const tree = await mkdtemp(join(dir, 'tree-'))
    try {
      await chmod(tree, 0o755)
      await fillTree(layer, tree, c)
      await packTree(tree, `${path}.scratch`)
      await rename(`${path}.scratch`, path)
    } finally {
      await rm(tree, { recursive: true, force: true })
    }
  })
  return path
}

/** The contents of what a layer is made of, beyond its definition. */
async function inputsOf(layer: Layer, tools: LayerContext['tools']): Promise<(string | Buffer)[]> {
  if (layer.kind === 'cratekube') return [await bundled()]
  if (layer.kind !== 'files') return []
  const inputs: (string | Buffer)[] = []
  for (const source of Object.values(layer.files)) {
    if ('tool' in source) inputs.push(tools.path(source.tool))
    if ('repository' in source)
      inputs.push(...(await contentsBelow(join(repository, source.repository))))
  }
  return inputs
}

async function fillTree(layer: Layer, tree: string, c: LayerContext): Promise<void> {
  if (layer.kind === 'debian') {
    await ensureDebianPackages(['mmdebstrap'], c.onProgress)
    return makeDebianTree(layer, tree)
  }
  if (layer.kind === 'pip')
    return installPython(layer.requirement, join(tree, layer.target), c.onProgress)
  if (layer.kind === 'cratekube') return fillCratekube(tree)
  for (const [target, source] of Object.entries(layer.files)) {
    await placeFile(source, join(tree, target), c.tools)
  }
}

async function placeFile(
  source: FileSource,
  target: string,
  tools: LayerContext['tools'],
): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  if ('tool' in source) {
    await cp(tools.path(source.tool), target)
    await chmod(target, 0o755)
  } else if ('repository' in source) {
    await cp(join(repository, source.repository), target, { recursive: true })
  } else {
    await writeFile(target, source.text, { mode: source.mode ?? 0o644 })
  }
}

async function fillCratekube(tree: string): Promise<void> {
  const app = join(tree, 'app')
  await mkdir(join(tree, 'usr/local/bin'), { recursive: true })
  await mkdir(app)
  await cp(process.execPath, join(tree, 'usr/local/bin/node'), { dereference: true })
  await writeFile(join(app, 'loadtest.js'), await bundled())
  await writeFile(join(app, 'package.json'), '{"type":"module"}')
}

async function bundled(): Promise<Buffer> {
  const dir = await mkdtemp(join(tmpdir(), 'cratekube-bundle-'))
  try {
    await bundle('loadtest', join(dir, 'loadtest.js'))
    return await readFile(join(dir, 'loadtest.js'))
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** The same tree gives the same bytes: sorted, undated, owned by root. */
async function packTree(tree: string, path: string): Promise<void> {
  const flags = [
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--format=gnu',
  ]
  await run('tar', [...flags, '-C', tree, '-cf', path, '.'])
}

async function contentsBelow(path: string): Promise<(string | Buffer)[]> {
  if ((await stat(path)).isFile()) return [await readFile(path)]
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  const contents = await Promise.all(files.sort().map((file) => readFile(file)))
  return [...files.map((file) => file.slice(path.length)), ...contents]
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

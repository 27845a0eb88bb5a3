// ensureImages: builds what is missing and imports it all into the shared containerd template, under the hash of its
// contents. Needs root (chroot, mounts); takes seconds when cached.
import { createHash } from 'node:crypto'
import { access, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { run } from '../machine/command.ts'
import { logTail, startDaemon } from '../machine/daemon.ts'
import { withLock } from '../machine/lock.ts'
import { cacheDir } from '../machine/paths.ts'
import { waitFor } from '../machine/wait.ts'
import type { Tools } from '../tools/ensure.ts'
import { imageDefinitions, type ImageDefinition } from './definitions.ts'
import { buildLayer, type LayerContext } from './layers.ts'
import { writeOciArchive } from './oci.ts'
import type { ImageTemplate } from './template.ts'

export type EnsureImagesOptions = {
  readonly tools: Tools
  /** Names of definitions; all when absent. */
  readonly names?: readonly string[]
  readonly onProgress?: (line: string) => void
}

type BuiltImage = { readonly definition: ImageDefinition; readonly layers: readonly string[] }

export async function ensureImages(o: EnsureImagesOptions): Promise<ImageTemplate> {
  const onProgress = o.onProgress ?? (() => undefined)
  const definitions = imageDefinitions.filter(({ name }) => o.names?.includes(name) ?? true)
  const built: BuiltImage[] = []
  for (const definition of definitions) {
    built.push({
      definition,
      layers: await buildLayers(definition, { tools: o.tools, onProgress }),
    })
  }
  const dir = join(cacheDir(), 'images', `template-${templateKey(built)}`)
  await withLock(`${dir}.lock`, async () => {
    const there = await access(dir).then(
      () => true,
      () => false,
    )
    if (there) return
    onProgress(`importing ${built.length} images into containerd`)
    const scratch = join(cacheDir(), 'images', `t-${process.pid}`)
    await rm(scratch, { recursive: true, force: true })
    try {
      await importAll(built, scratch, o.tools)
      await rename(join(scratch, 'root'), dir)
    } finally {
      await rm(scratch, { recursive: true, force: true })
    }
  })
  return { dir, references: definitions.map((definition) => definition.reference) }
}

/** All that need none of the tools, so that they can be made while those are built. */
export async function ensureLayersWithoutTools(onProgress: (line: string) => void): Promise<void> {
  const path = (name: string) => {
    throw new Error(`${name} was not asked for`)
  }
  for (const definition of imageDefinitions) {
    const layers = definition.layers.filter(({ kind }) => kind !== 'files')
    await buildLayers({ ...definition, layers }, { tools: { path }, onProgress })
  }
}

async function buildLayers(definition: ImageDefinition, c: LayerContext): Promise<string[]> {
  const paths: string[] = []
  for (const layer of definition.layers)
    paths.push(await buildLayer(layer, `${definition.name} (${layer.kind})`, c))
  return paths
}

/** Layers are named by their contents' hash, so the names say everything. */
function templateKey(built: readonly BuiltImage[]): string {
  const names = built.map(({ definition, layers }) => [
    definition.reference,
    definition.config,
    layers.map((layer) => basename(layer)),
  ])
  return createHash('sha256').update(JSON.stringify(names)).digest('hex').slice(0, 12)
}

async function importAll(
  built: readonly BuiltImage[],
  scratch: string,
  tools: Tools,
): Promise<void> {
  await mkdir(scratch, { recursive: true })
  const socket = join(scratch, 's')
  const config = join(scratch, 'config.toml')
  await writeFile(config, templateConfig(scratch, socket))
  const containerd = startDaemon({
    root: scratch,
    name: 'containerd',
    // In a mount namespace of its own: unpacking mounts each layer for a moment.
    command: 'unshare',
    args: ['--mount', tools.path('containerd'), '-c', config],
  })
  const ctr = (...args: string[]): Promise<string> =>
    run(tools.path('ctr'), ['-a', socket, '-n', 'k8s.io', ...args])
  try {
    await waitFor(
      () =>
        ctr('version').then(
          () => true,
          () => false,
        ),
      {
        what: 'containerd answers',
        timeoutMs: 20_000,
        explain: () => logTail(containerd.log),
      },
    )
    for (const { definition, layers } of built) {
      const archive = join(scratch, `${definition.name}.tar`)
      await writeOciArchive({ ...definition, layers }, archive)
      await ctr(
        'images',
        'import',
        '--local',
        '--label',
        'io.cri-containerd.image=managed',
        archive,
      )
      await rm(archive)
    }
  } finally {
    await containerd.stop()
  }
}

function templateConfig(scratch: string, socket: string): string {
  return `version = 4
root = "${scratch}/root"
state = "${scratch}/state"
disabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.cri.v1.images", "io.containerd.cri.v1.runtime", "io.containerd.nri.v1.nri", "io.containerd.podsandbox.controller.v1.podsandbox", "io.containerd.snapshotter.v1.blockfile", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.erofs", "io.containerd.snapshotter.v1.zfs"]
[plugins."io.containerd.server.v1.grpc"]
address = "${socket}"
[plugins."io.containerd.shim.v1.manager"]
socket_dir = "${scratch}/shim"
`
}

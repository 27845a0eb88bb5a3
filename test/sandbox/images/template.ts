// The shared image store: a containerd root into which every image was imported once. A node copies its two databases
// and hard-links its blobs; the unpacked layers are bound in read-only, so they cost a node nothing.
import { copyFile, link, mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Mount } from '../box/spec.ts'
import { errorCode } from '../machine/lock.ts'

export type ImageTemplate = {
  /** containerd's root as the import left it. */
  readonly dir: string
  readonly references: readonly string[]
}

const databases = [
  'io.containerd.metadata.v1.bolt/meta.db',
  'io.containerd.snapshotter.v1.overlayfs/metadata.db',
]
const blobs = 'io.containerd.content.v1.content/blobs/sha256'
const snapshots = 'io.containerd.snapshotter.v1.overlayfs/snapshots'

/** Fills a new node's containerd root and returns the mounts that complete it. */
export async function useTemplate(
  template: ImageTemplate,
  containerdRoot: string,
): Promise<Mount[]> {
  for (const folder of [blobs, snapshots, 'io.containerd.metadata.v1.bolt']) {
    await mkdir(join(containerdRoot, folder), { recursive: true })
  }
  for (const file of databases) await copyFile(join(template.dir, file), join(containerdRoot, file))
  for (const blob of await readdir(join(template.dir, blobs))) {
    await linkOrCopy(join(template.dir, blobs, blob), join(containerdRoot, blobs, blob))
  }
  return (await readdir(join(template.dir, snapshots))).map((name) => ({
    kind: 'bind',
    source: join(template.dir, snapshots, name),
    target: join('/var/lib/containerd', snapshots, name),
    readOnly: true,
  }))
}

async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(async (error: unknown) => {
    if (errorCode(error) !== 'EXDEV') throw error
    await copyFile(from, to)
  })
}

// Writes a container image as one tar file in the OCI image layout, which containerd imports: no registry, no daemon.
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { rename, stat } from 'node:fs/promises'
import { once } from 'node:events'
import { finished } from 'node:stream/promises'

export type ImageConfig = {
  readonly Entrypoint?: readonly string[]
  readonly Cmd?: readonly string[]
  readonly Env?: readonly string[]
  readonly User?: string
  readonly WorkingDir?: string
}

export type OciImage = {
  readonly reference: string
  readonly config: ImageConfig
  /** Paths of uncompressed layer tars, lowest first. */
  readonly layers: readonly string[]
}

type Blob = { readonly digest: string; readonly size: number; readonly content: Buffer | string } // string: a file

const defaultPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

export async function writeOciArchive(image: OciImage, path: string): Promise<void> {
  const layers = await Promise.all(image.layers.map((layer) => fileBlob(layer)))
  const platform = { architecture: process.arch === 'arm64' ? 'arm64' : 'amd64', os: 'linux' }
  const config = jsonBlob({
    ...platform,
    config: { Env: [defaultPath], ...image.config },
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
  })
  const manifest = jsonBlob({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: descriptor('application/vnd.oci.image.config.v1+json', config),
    layers: layers.map((layer) => descriptor('application/vnd.oci.image.layer.v1.tar', layer)),
  })
  const annotations = {
    'io.containerd.image.name': image.reference,
    'org.opencontainers.image.ref.name': image.reference.slice(
      image.reference.lastIndexOf(':') + 1,
    ),
  }
  const index = {
    schemaVersion: 2,
    manifests: [
      {
        ...descriptor('application/vnd.oci.image.manifest.v1+json', manifest),
        platform,
        annotations,
      },
    ],
  }
  const unique = new Map([manifest, config, ...layers].map((blob) => [blob.digest, blob]))
  await writeTar(path, [
    ['oci-layout', Buffer.from('{"imageLayoutVersion":"1.0.0"}')],
    ['index.json', Buffer.from(JSON.stringify(index))],
    ...[...unique.values()].map(
      (blob) => [`blobs/sha256/${blob.digest.slice('sha256:'.length)}`, blob.content] as const,
    ),
  ])
}

function descriptor(mediaType: string, blob: Blob): object {
  return { mediaType, digest: blob.digest, size: blob.size }
}

function jsonBlob(value: object): Blob {
  const content = Buffer.from(JSON.stringify(value))
  return {
    content,
    size: content.length,
    digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
  }
}

async function fileBlob(path: string): Promise<Blob> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return { content: path, size: (await stat(path)).size, digest: `sha256:${hash.digest('hex')}` }
}

async function writeTar(
  path: string,
  entries: readonly (readonly [name: string, content: Buffer | string])[],
): Promise<void> {
  const scratch = `${path}.${process.pid}`
  const out = createWriteStream(scratch)
  const write = async (data: Buffer): Promise<void> => {
    if (!out.write(data)) await once(out, 'drain')
  }
  for (const [name, content] of entries) {
    const size = typeof content === 'string' ? (await stat(content)).size : content.length
    await write(tarHeader(name, size))
    if (typeof content === 'string')
      for await (const chunk of createReadStream(content)) await write(chunk)
    else await write(content)
    await write(Buffer.alloc((512 - (size % 512)) % 512))
  }
  out.end(Buffer.alloc(1024))
  await finished(out)
  await rename(scratch, path)
}

/** A ustar header of a regular file, owned by root, dated 1970: the same input gives the same bytes. */
export function tarHeader(name: string, size: number): Buffer {
  if (Buffer.byteLength(name) > 100) throw new Error(`too long for a tar entry: ${name}`)
  const header = Buffer.alloc(512)
  const octal = (value: number, digits: number): string =>
    `${value.toString(8).padStart(digits, '0')}\0`
  header.write(name, 0)
  header.write(octal(0o644, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(size, 11), 124)
  header.write(octal(0, 11), 136)
  header.write(' '.repeat(8), 148)
  header.write('0', 156)
  header.write('ustar\0' + '00', 257)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

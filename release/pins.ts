// What the images and charts are made from, and whether it is pinned: an image by the digest behind its tag, an archive of a
// plugin by its SHA-256. Each is named in one place, where it is used; nothing here knows how a registry is asked.

export type Read = (file: string) => string

/** Where images of others are named. */
export const imageFiles = [
  'Dockerfile',
  'operator/autofs/Dockerfile',
  'charts/cratekube/values.yaml',
  'charts/cratekube-loadtest/values.yaml',
] as const
export const pluginFile = 'operator/image/plugins.lock'
export const architectures = ['amd64', 'arm64'] as const
type Architecture = (typeof architectures)[number]

export type Image = { file: string; name: string; digest?: string }
export type Plugin = { name: string; version: string; sums: Partial<Record<Architecture, string>> }

const namedImage = /^(ARG \w+_IMAGE=|\s+image: )([^\s@]+)(?:@(\S+))?$/gm
const digestForm = /^sha256:[0-9a-f]{64}$/
const sumForm = /^[0-9a-f]{64}$/

export const images = (read: Read): Image[] =>
  imageFiles.flatMap((file) =>
    [...read(file).matchAll(namedImage)].map(([, , name = '', digest]) => ({
      file,
      name,
      ...(digest && { digest }),
    })),
  )

export const plugins = (read: Read): Plugin[] =>
  read(pluginFile)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', version = '', ...sums] = line.split(/\s+/)
      const known = architectures.flatMap((architecture, at) => {
        const sum = sums[at] ?? '-'
        return sum === '-' ? [] : [[architecture, sum] as const]
      })
      return { name, version, sums: Object.fromEntries(known) }
    })

/** One sentence for each thing that a release would have to take on trust. */
export function unpinned(read: Read): string[] {
  return [
    ...images(read)
      .filter(({ digest = '' }) => !digestForm.test(digest))
      .map(({ file, name, digest }) => expected(`${file}: ${name}`, 'a sha256 digest', digest)),
    ...plugins(read).flatMap(({ name, version, sums }) =>
      architectures
        .filter((one) => !sumForm.test(sums[one] ?? ''))
        .map((one) =>
          expected(`${pluginFile}: ${name} ${version}`, `the SHA-256 for ${one}`, sums[one]),
        ),
    ),
  ]
}

const expected = (what: string, form: string, got: string | undefined) =>
  `${what}: expected ${form}, got ${got ?? 'none'}`

/** The text of an image file with the digests of today. */
export async function withDigests(
  text: string,
  digestOf: (name: string) => Promise<string>,
): Promise<string> {
  const digests = new Map<string, string>()
  for (const [, , name = ''] of text.matchAll(namedImage)) digests.set(name, await digestOf(name))
  return text.replace(
    namedImage,
    (_, before: string, name: string) => `${before}${name}@${digests.get(name)}`,
  )
}

/** The text of plugins.lock with the sums of what is published. */
export async function withSums(
  text: string,
  sumOf: (archive: string) => Promise<string>,
): Promise<string> {
  const lines = text.split('\n').map(async (line) => {
    const [name = '', version = ''] = line.split(/\s+/)
    if (line === '' || line.startsWith('#')) return line
    const sums = architectures.map((architecture) =>
      sumOf(archiveOf({ name, version, architecture })),
    )
    return [name, version, ...(await Promise.all(sums))].join(' ')
  })
  return (await Promise.all(lines)).join('\n')
}

/** Where the CLI takes it from. */
const archiveOf = (o: { name: string; version: string; architecture: Architecture }) =>
  `https://github.com/pulumi/pulumi-${o.name}/releases/download/v${o.version}/pulumi-resource-${o.name}-v${o.version}-linux-${o.architecture}.tar.gz`

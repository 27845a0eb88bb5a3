// The processes of the sandbox's cratekube image: an entry under operator/bin as one bundled file, as production ships it.
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'

export type BundledFile = { readonly name: string; readonly contents: Buffer }

const repository = new URL('../../../', import.meta.url).pathname
/** What runs in tenant clusters; manager and worker run beside the sandbox, from source. */
const entries = ['loadtest']

export async function bundleCratekube(): Promise<BundledFile[]> {
  const present: string[] = []
  for (const name of entries) {
    const path = join(repository, 'operator/bin', `${name}.ts`)
    const found = await access(path).then(
      () => true,
      () => false,
    )
    if (found) present.push(path)
  }
  if (present.length === 0) return []
  const result = await build({
    entryPoints: present,
    outdir: '/operator/bin',
    bundle: true,
    minifySyntax: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    outExtension: { '.js': '.mjs' },
    external: ['@pulumi/*'],
    // Bundled CommonJS calls require, which ES modules do not have.
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    write: false,
    logLevel: 'silent',
  })
  return result.outputFiles.map((file) => ({
    name: file.path.slice(1),
    contents: Buffer.from(file.contents),
  }))
}

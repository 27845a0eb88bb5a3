// Which files a process is made of: what its entry points import, as a bundler sees it. A path that is put together at run
// time is not seen, so that whoever starts another file names it as an entry point too.
import { join } from 'node:path'
import { build } from 'esbuild'

/** Absolute paths, without packages; rejects when a file cannot be parsed. */
export async function sourcesOf(
  entryPoints: readonly string[],
  root: string,
): Promise<ReadonlySet<string>> {
  const { metafile } = await build({
    entryPoints: [...entryPoints],
    absWorkingDir: root,
    outdir: 'dist', // nothing is written
    write: false,
    metafile: true,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  })
  return new Set(Object.keys(metafile.inputs).map((path) => join(root, path)))
}

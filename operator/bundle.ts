// Bundles the load-test operator into one file, as both images ship it: `node operator/bundle.ts OUTFILE`.
// It runs in every tenant cluster, where a bundle halves its memory. Manager and worker run from source.
import { join } from 'node:path'
import { argv } from 'node:process'
import { build } from 'esbuild'

export async function bundleLoadtest(outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, 'bin/loadtest.ts')],
    outfile,
    bundle: true,
    // Names stay as they are written, for stack traces: keepNames would cost more memory than it saves in text.
    minifyWhitespace: true,
    minifySyntax: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    // Bundled CommonJS calls require, which ES modules do not have.
    banner: {
      js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);",
    },
    logLevel: 'silent',
  })
}

if (import.meta.main) await bundleLoadtest(argv[2] ?? 'dist/loadtest.js')

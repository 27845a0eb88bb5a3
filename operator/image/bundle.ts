// Bundles a process into one file, as the image ships it: `node operator/image/bundle.ts manager OUTFILE`. That saves memory: a
// quarter of the manager's, half of the load-test operator's. The worker runs from source, as the runners that it starts do.
import { join } from 'node:path'
import { argv } from 'node:process'
import { build } from 'esbuild'

export type Bundled = 'manager' | 'loadtest'

async function bundle(process: Bundled, outfile: string): Promise<void> {
  await build({
    entryPoints: [join(import.meta.dirname, `../bin/${process}.ts`)],
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

if (import.meta.main) {
  const [, , process, outfile] = argv
  if ((process !== 'manager' && process !== 'loadtest') || outfile === undefined)
    throw new Error('usage: node operator/image/bundle.ts manager|loadtest OUTFILE')
  await bundle(process, outfile)
}

// What each process loads, as ARCHITECTURE says: the graph of its imports, without types, to the packages at its edge.
import { join } from 'node:path'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../..')

/** Our own files by their path, and packages by their name. */
async function loadedBy(entry: string): Promise<string[]> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`operator/bin/${entry}.ts`],
    bundle: true,
    write: false,
    metafile: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
  })
  const imported = Object.values(metafile.inputs).flatMap(({ imports }) => imports)
  const packages = imported.flatMap(({ path, external }) => (external ? path : []))
  return [...new Set([...Object.keys(metafile.inputs), ...packages])]
}

test.each<[process: string, loads: RegExp, never: RegExp]>([
  [
    'manager',
    /^bullmq$/,
    /^@pulumi\/|^@aws-sdk\/|^operator\/(engine|loadtest)\/|^operator\/\w+\/(worker|runner)\.ts$|^programs\/|consume\.ts$/,
  ],
  [
    'worker',
    /^operator\/jobs\/worker\/consume\.ts$/,
    /^@pulumi\/(?!\w+\/package\.json$)|^operator\/(controllers|loadtest)\/|^operator\/\w+\/(manager|runner)\.ts$|^programs\//,
  ],
  [
    'loadtest',
    /^operator\/loadtest\//,
    /^@pulumi\/|^bullmq$|^ioredis$|^operator\/(engine|jobs|aws|controllers)\//,
  ],
])('the %s loads what it is for, and nothing that is another’s', async (process, loads, never) => {
  const loaded = await loadedBy(process)
  expect(loaded.some((path) => loads.test(path))).toBe(true)
  expect(loaded.filter((path) => never.test(path))).toEqual([])
})

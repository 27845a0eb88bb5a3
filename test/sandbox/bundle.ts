// A process bundled as the image ships it: in a process of its own, with which the one that esbuild leaves running ends.
import { join } from 'node:path'
import { execPath } from 'node:process'
import type { Bundled } from '../../operator/image/bundle.ts'
import { run } from './machine/command.ts'
import { repository } from './manifests.ts'

export async function bundle(process: Bundled, outfile: string): Promise<void> {
  await run(execPath, [join(repository, 'operator/image/bundle.ts'), process, outfile])
}

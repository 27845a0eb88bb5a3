// The private working directory of one operation: Pulumi.yaml and the stack's config. Config goes by file, because the
// Automation API's own calls put values on a command line.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { pulumiProject } from '../api/stack.ts'
import type { StackOperation } from './operation.ts'

export const tenantKey = 'cratekube:tenant'

export async function writeWorkDir(folder: string, operation: StackOperation): Promise<void> {
  const project = {
    name: pulumiProject,
    runtime: 'nodejs',
    description: 'One operation on one tenant’s stack',
  }
  const config = { ...operation.config, [tenantKey]: JSON.stringify(operation.tenant) }
  await Promise.all([
    writeFile(join(folder, 'Pulumi.yaml'), dump(project), { mode: 0o600 }),
    writeFile(join(folder, `Pulumi.${operation.stack}.yaml`), dump({ config }, { lineWidth: -1 }), {
      mode: 0o600,
    }),
  ])
}

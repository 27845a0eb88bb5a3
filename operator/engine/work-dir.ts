// The private working directory of one operation: Pulumi.yaml and the stack's config. Config goes by file, because the
// Automation API's own calls put values on a command line.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'
import { refuseMarkers } from '../api/tenant/markers.ts'
import { pulumiProject } from '../api/tenant/stack.ts'
import type { StackOperation } from './operation.ts'
import type { Plugin } from './plugins.ts'

export const tenantKey = 'cratekube:tenant'

type Setting = {
  plugins?: readonly Plugin[]
  secretsProvider?: string | undefined
}

const programRuns = new Set<StackOperation['kind']>(['up', 'preview'])

export async function writeWorkDir(
  folder: string,
  operation: StackOperation,
  { plugins = [], secretsProvider }: Setting = {},
): Promise<void> {
  // A destruction runs no program, and nothing may stand in its way.
  if (programRuns.has(operation.kind)) {
    refuseMarkers(operation.tenant.spec, 'spec')
    for (const [key, text] of Object.entries(operation.config ?? {}))
      refuseMarkers(parsed(text), key)
  }
  const project = {
    name: pulumiProject,
    runtime: 'nodejs',
    description: 'One operation on one tenant’s stack',
    // A plugin without a version serves whatever version is asked for.
    plugins: { providers: plugins.map(({ name, folder: path }) => ({ name, path })) },
  }
  const config = { ...operation.config, [tenantKey]: JSON.stringify(operation.tenant) }
  // To reseal is to change it. Of a key service the CLI makes itself a new data key in each run.
  const secretsprovider = operation.kind === 'reseal' ? undefined : secretsProvider
  const settings = { ...(secretsprovider !== undefined && { secretsprovider }), config }
  await Promise.all([
    writeFile(join(folder, 'Pulumi.yaml'), dump(project), { mode: 0o600 }),
    writeFile(join(folder, `Pulumi.${operation.stack}.yaml`), dump(settings, { lineWidth: -1 }), {
      mode: 0o600,
    }),
  ])
}

/** Config of ours is JSON, or a plain word. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return text
    throw error
  }
}

// Installs the provider doubles as Pulumi plugins, so that the official CLI runs them as it runs the official providers.
// `node test/sandbox/providers/plugins.ts <folder>` makes the folder a PULUMI_HOME.
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { ensureTools } from '../tools/ensure.ts'
import { providers } from './index.ts'

const serve = fileURLToPath(new URL('serve.ts', import.meta.url))
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** One executable per double, each in the version that it stands for; answers the paths. */
export async function installPlugins(home: string): Promise<string[]> {
  const names = Object.keys(providers) as (keyof typeof providers)[] // its own keys
  return await Promise.all(
    names.map((name) =>
      installPlugin(home, { name, version: providers[name]().version, script: [serve, name] }),
    ),
  )
}

/** An executable that runs `script` (a path and its arguments) by this Node; answers its own path. */
export async function installPlugin(
  home: string,
  { name, version, script }: { name: string; version: string; script: string[] },
): Promise<string> {
  const file = await pluginFile(home, { name, version })
  const command = [process.execPath, ...script].map(quoted).join(' ')
  await writeFile(file, `#!/bin/sh\nexec ${command} "$@"\n`, { mode: 0o755 })
  return file
}

/** In the place of our double of it. */
export async function installOfficialKubernetes(home: string): Promise<void> {
  const program = (await ensureTools(['pulumi-resource-kubernetes'])).path(
    'pulumi-resource-kubernetes',
  )
  const { version } = providers.kubernetes()
  await installProgram(home, { name: 'kubernetes', version, program })
}

/** A program as it is; what it reads from beside itself stays where it is. */
async function installProgram(
  home: string,
  { name, version, program }: { name: string; version: string; program: string },
): Promise<void> {
  const file = await pluginFile(home, { name, version })
  await rm(file, { force: true })
  await symlink(program, file)
}

async function pluginFile(home: string, o: { name: string; version: string }): Promise<string> {
  const folder = join(home, 'plugins', `resource-${o.name}-v${o.version}`)
  await mkdir(folder, { recursive: true })
  return join(folder, `pulumi-resource-${o.name}`)
}

if (import.meta.main) {
  const [home] = process.argv.slice(2)
  if (home === undefined) throw new Error('usage: node test/sandbox/providers/plugins.ts <folder>')
  for (const file of await installPlugins(resolve(home))) process.stdout.write(`${file}\n`)
}

// Provider plugins as they are installed in PULUMI_HOME, and which of them a run takes: one for each package, whatever
// version a state or a component asks for. A stack that another release made, with newer or older plugins, and a component
// that was built with an SDK of its own would else ask for plugins that no image has (docs/decisions/0002).
import { access, constants, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import semver from 'semver'
import { OperationFault } from '../api/faults/fault.ts'
import { missingAs } from './embedded/state/file-backend.ts'

export type Plugin = {
  name: string
  version: string
  /** Holds the executable pulumi-resource-NAME. */
  folder: string
}

/** By package: the version of the SDK that the programs use. */
export type PluginVersions = Readonly<Record<string, string>>

export const pulumiHome = (env: NodeJS.ProcessEnv): string =>
  env['PULUMI_HOME'] ?? join(homedir(), '.pulumi')

/** The SDK's own version of each, else a newer one of the same major; all that are missing are one fault. */
export async function findPlugins(wanted: PluginVersions, home: string): Promise<Plugin[]> {
  const installed = await installedPlugins(home)
  const missing: string[] = []
  const found = Object.entries(wanted).flatMap(([name, version]) => {
    const plugin = bestOf(installed, { name, version })
    if (!plugin) missing.push(missingText({ name, version, installed }))
    return plugin ?? []
  })
  if (missing.length === 0) return found
  throw new OperationFault({
    code: 'PluginMissing',
    message: `The worker’s image lacks ${missing.join(' and ')} in PULUMI_HOME/plugins.`,
    action: missingAction,
    retryable: true,
  })
}

/** What a new image mends, and nothing else; no spec is at fault. */
export const missingAction =
  'Run the worker from an image that has the plugins of its release, as the Dockerfile installs them; work goes on by itself.'

/** As the CLI reads the folder: what is being installed, or has no executable, is none. */
async function installedPlugins(home: string): Promise<Plugin[]> {
  const folder = join(home, 'plugins')
  const entries = new Set(await readdir(folder).catch(missingAs<string[]>([])))
  const plugins = [...entries].map(async (entry) => {
    const [, name = '', version = ''] = /^resource-(.+?)-v(\d+\..+)$/.exec(entry) ?? []
    if (semver.valid(version) === null || entries.has(`${entry}.partial`)) return []
    const plugin = { name, version, folder: join(folder, entry) }
    return (await isExecutable(executableOf(plugin))) ? [plugin] : []
  })
  return (await Promise.all(plugins)).flat()
}

export async function installedPlugin(
  home: string,
  wanted: { name: string; version: string },
): Promise<Plugin | undefined> {
  return bestOf(await installedPlugins(home), wanted)
}

export const executableOf = ({ folder, name }: Plugin): string =>
  join(folder, `pulumi-resource-${name}`)

function bestOf(
  installed: readonly Plugin[],
  { name, version }: { name: string; version: string },
): Plugin | undefined {
  const fitting = installed
    .filter((plugin) => plugin.name === name)
    .filter((plugin) => version === '' || semver.satisfies(plugin.version, `^${version}`))
    .toSorted((a, b) => semver.rcompare(a.version, b.version))
  return fitting.find((plugin) => plugin.version === version) ?? fitting[0]
}

function missingText(o: { name: string; version: string; installed: readonly Plugin[] }): string {
  const others = o.installed.flatMap(({ name, version }) => (name === o.name ? version : []))
  const instead = others.length > 0 ? ` (it has ${others.join(', ')})` : ''
  return `plugin pulumi-resource-${o.name} ${o.version}${instead}`
}

export const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    // Not there, or not for us.
    () => false,
  )

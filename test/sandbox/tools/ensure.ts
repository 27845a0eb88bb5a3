// ensureTools: each named program from PATH when its version fits, else from the cache, else built from Go source.
import { delimiter, join } from 'node:path'
import { run } from '../machine/command.ts'
import { buildTools, cachedPath, isExecutable, type Progress } from './build.ts'
import {
  defaultKubernetesMinor,
  goTool,
  isKubernetesComponent,
  type GoTool,
  type KubernetesMinor,
  type ToolName,
} from './catalogue.ts'

export type Tools = {
  /** Absolute path of a tool that was asked for; a Kubernetes component can be had in several minors. */
  path(name: ToolName, minor?: KubernetesMinor): string
  /** Oldest first. */
  readonly kubernetesMinors: readonly KubernetesMinor[]
}

export type EnsureToolsOptions = {
  /** Minors of which the Kubernetes components are wanted; the default is CRATEKUBE_KUBERNETES_VERSIONS or 1.36. */
  readonly minors?: readonly KubernetesMinor[]
}

export async function ensureTools(
  names: readonly ToolName[],
  onProgress: Progress = () => undefined,
  o: EnsureToolsOptions = {},
): Promise<Tools> {
  const minors = o.minors ?? wantedMinors(process.env['CRATEKUBE_KUBERNETES_VERSIONS'])
  const wanted = names.flatMap((name) =>
    (isKubernetesComponent(name) ? minors : [defaultKubernetesMinor]).map((minor) => ({
      key: toolKey(name, minor),
      tool: goTool(name, minor),
    })),
  )
  const paths = new Map<string, string>()
  const missing: GoTool[] = []
  for (const { key, tool } of wanted) {
    const path = (await installedPath(tool)) ?? (await cachedPath(tool))
    paths.set(key, path)
    if (!(await isExecutable(path))) missing.push(tool)
  }
  await buildTools(missing, onProgress)
  return {
    kubernetesMinors: minors.toSorted((a, b) => minorNumber(a) - minorNumber(b)),
    path: (name, minor = minors[0] ?? defaultKubernetesMinor) => {
      const path = paths.get(toolKey(name, minor))
      if (path === undefined)
        throw new Error(`tool ${toolKey(name, minor)} was not asked for in ensureTools`)
      return path
    },
  }
}

/** "1.36,1.35" -> minors; the first is the default one. */
export function wantedMinors(text: string | undefined): KubernetesMinor[] {
  const minors = (text ?? '').split(',').flatMap((part) => part.trim() || [])
  return minors.length > 0 ? minors : [defaultKubernetesMinor]
}

const minorNumber = (minor: KubernetesMinor) => Number(minor.split('.')[1])

/** Does what a program says of its version name exactly this version? "v1.36.3" is not "v1.36.30". */
export function saysVersion(output: string, version: string): boolean {
  const bare = version.replace(/^v/, '').replaceAll('.', String.raw`\.`)
  return new RegExp(String.raw`(^|[^0-9.])v?${bare}($|[^0-9.-])`, 'm').test(output)
}

function toolKey(name: string, minor: KubernetesMinor): string {
  return isKubernetesComponent(name) ? `${name}@${minor}` : name
}

async function installedPath(tool: GoTool): Promise<string | undefined> {
  if (tool.versionCommand === undefined) return undefined
  for (const dir of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(dir, tool.name)
    if (dir === '' || !(await isExecutable(path))) continue
    const output = await run(path, tool.versionCommand).catch(() => '') // one that cannot say is not taken
    if (saysVersion(output, tool.version)) return path
  }
  return undefined
}

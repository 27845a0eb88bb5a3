// ensureTools: each named program from PATH when its version fits, else from the cache, else built from Go source into
// the cache. Builds go to a temporary place and are renamed, under a lock, so two processes never see half a tool.
import { createHash } from 'node:crypto'
import { access, constants, mkdir, readFile, readdir, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { run } from '../machine/command.ts'
import { withLock } from '../machine/lock.ts'
import { cacheDir } from '../machine/paths.ts'
import { together } from '../machine/together.ts'
import { ensureDebianPackages } from './debian.ts'
import { findGo } from './go.ts'
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

export type Progress = (line: string) => void

export type EnsureToolsOptions = {
  /** Minors of which the Kubernetes components are wanted; the default is CRATEKUBE_KUBERNETES_VERSIONS or 1.36. */
  readonly minors?: readonly KubernetesMinor[]
}

const modulesDir = new URL('modules/', import.meta.url).pathname

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
  const missing: typeof wanted = []
  for (const { key, tool } of wanted) {
    const found = await findTool(tool)
    if (found === undefined) missing.push({ key, tool })
    else paths.set(key, found)
  }
  let begun = 0
  const build = async (ofLane: typeof missing, signal: AbortSignal) => {
    for (const { key, tool } of ofLane) {
      begun += 1
      const title = `${tool.name} ${tool.version} (${begun} of ${missing.length})`
      paths.set(key, await buildTool(tool, { title, onProgress, signal }))
    }
  }
  await together(buildLanes(missing).map((lane) => (signal) => build(lane, signal)))
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

/**
 * Two at a time, for a build waits for downloads, and links on one processor. Kubernetes is half of all; its programs share
 * most of their packages, and so each is quick after the one before it.
 */
const buildLanes = <Missing extends { tool: GoTool }>(missing: readonly Missing[]): Missing[][] => {
  const isKubernetes = ({ tool }: Missing) => tool.module.startsWith('kubernetes')
  return [missing.filter(isKubernetes), missing.filter((one) => !isKubernetes(one))]
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

async function findTool(tool: GoTool): Promise<string | undefined> {
  const installed = await fromPath(tool)
  if (installed !== undefined) return installed
  const cached = await cachedPath(tool)
  return (await isExecutable(cached)) ? cached : undefined
}

async function fromPath(tool: GoTool): Promise<string | undefined> {
  if (tool.versionCommand === undefined) return undefined
  for (const dir of (process.env['PATH'] ?? '').split(delimiter)) {
    const path = join(dir, tool.name)
    if (dir === '' || !(await isExecutable(path))) continue
    const output = await run(path, tool.versionCommand).catch(() => '') // one that cannot say is not taken
    if (saysVersion(output, tool.version)) return path
  }
  return undefined
}

type Build = { title: string; onProgress: Progress; signal: AbortSignal }

async function buildTool(tool: GoTool, { title, onProgress, signal }: Build): Promise<string> {
  const path = await cachedPath(tool)
  const build = async () => {
    if (await isExecutable(path)) return // another process built it while this one waited
    if (tool.cgo) await ensureDebianPackages(tool.cgo, onProgress)
    const go = await findGo(onProgress)
    onProgress(`building ${title}`)
    const scratch = `${path}.${process.pid}`
    try {
      await run(go, ['build', ...buildFlags(tool), '-o', scratch, tool.package], {
        cwd: join(modulesDir, tool.module),
        env: { ...process.env, ...buildEnv(tool) },
        signal,
      })
      await rename(scratch, path)
    } finally {
      await rm(scratch, { force: true })
    }
  }
  await withLock(`${path}.lock`, build, signal)
  return path
}

function buildFlags(tool: GoTool): string[] {
  return ['-tags', tool.tags ?? 'grpcnotrace', '-ldflags', `-s -w ${tool.ldflags ?? ''}`.trim()]
}

function buildEnv(tool: GoTool): Record<string, string> {
  return {
    CGO_ENABLED: tool.cgo ? '1' : '0',
    GOFLAGS: '-mod=readonly -buildvcs=false -trimpath',
    GOWORK: 'off',
  }
}

async function cachedPath(tool: GoTool): Promise<string> {
  const key = createHash('sha256')
  key.update(JSON.stringify([process.arch, buildFlags(tool), tool.package, Boolean(tool.cgo)]))
  for (const file of await sourceFiles(join(modulesDir, tool.module))) {
    key.update(await readFile(file))
  }
  const dir = join(
    cacheDir(),
    'tools',
    `${tool.name}-${tool.version}-${key.digest('hex').slice(0, 10)}`,
  )
  await mkdir(dir, { recursive: true })
  return join(dir, tool.name)
}

async function sourceFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

// Builds programs from Go source into the cache. What one go.mod pins is built by one command, so that no package is compiled
// twice and no processor waits for a linker; while one module is compiled the sources of the next are fetched.
import { createHash } from 'node:crypto'
import {
  access,
  constants,
  copyFile,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
} from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { run } from '../machine/command.ts'
import { withLock } from '../machine/lock.ts'
import { cacheDir } from '../machine/paths.ts'
import { inTurn, together } from '../machine/together.ts'
import type { GoModule, GoTool } from './catalogue.ts'
import { ensureDebianPackages } from './debian.ts'
import { findGo } from './go.ts'

export type Progress = (line: string) => void

/** What is to be built, all of one module, and by which command. */
type Build = {
  readonly go: string
  readonly module: GoModule
  readonly tools: readonly GoTool[]
  readonly onProgress: Progress
  readonly signal: AbortSignal
}

/** Packages between two lines of progress. */
const progressStep = 100

/** Those that another process builds meanwhile are waited for. */
export async function buildTools(tools: readonly GoTool[], onProgress: Progress): Promise<void> {
  const compiler = inTurn()
  const buildMissing = async (wanted: readonly GoTool[], signal: AbortSignal) => {
    const missing = await Promise.all(
      wanted.map(async (tool) => ((await isExecutable(await cachedPath(tool))) ? [] : [tool])),
    )
    const ofModule = missing.flat()
    const module = ofModule[0]?.module
    if (module === undefined) return
    const go = await findGo(onProgress)
    const build: Build = { go, module, tools: ofModule, onProgress, signal }
    if (module.cgo) await ensureDebianPackages(module.cgo, onProgress)
    const packages = await fetchSources(build)
    await compiler(() => compileAndLink(build, packages))
  }
  await together(
    [...Map.groupBy(tools, ({ module }) => module.name)].map(([name, wanted]) => (signal) => {
      const lock = join(toolsDir(), `${name}.lock`)
      return withLock(lock, () => buildMissing(wanted, signal), signal)
    }),
  )
}

/** Where its go.mod is. */
export const moduleDir = ({ name, folder }: GoModule): string =>
  new URL(folder ? `../../../${folder}/` : `modules/${name}/`, import.meta.url).pathname

/** Where a tool is once it is built: under the hash of everything that goes into it. */
export async function cachedPath(tool: GoTool): Promise<string> {
  const { module } = tool
  const key = createHash('sha256')
  key.update(
    JSON.stringify([process.arch, buildFlags(module), tool.package, module.cgo, tool.reads]),
  )
  for (const file of await sourceFiles(moduleDir(module))) {
    key.update(await readFile(file))
  }
  const folder = `${tool.name}-${tool.version}-${key.digest('hex').slice(0, 10)}`
  return join(toolsDir(), folder, tool.name)
}

/** Answers how many packages there are to compile; those of the standard library are among them. */
async function fetchSources(build: Build): Promise<number> {
  build.onProgress(`fetching the sources of ${named(build)}`)
  const tags = ['-tags', build.module.tags]
  const listed = await goCommand(build, ['list', '-deps', ...tags, ...packagesOf(build)])
  return listed.trim().split('\n').length
}

async function compileAndLink(build: Build, packages: number): Promise<void> {
  const { module, tools, onProgress } = build
  let compiled = 0
  const onErrorLine = () => {
    if (compiled % progressStep === 0)
      onProgress(`compiling ${named(build)}: ${compiled} of ${packages} packages`)
    compiled += 1
  }
  await mkdir(toolsDir(), { recursive: true })
  const scratch = await mkdtemp(join(toolsDir(), `${module.name}-`))
  try {
    // -v names each package that is compiled.
    const flags = ['-v', ...buildFlags(module), '-o', `${scratch}/`]
    await goCommand(build, ['build', ...flags, ...packagesOf(build)], onErrorLine)
    for (const tool of tools) {
      const path = await cachedPath(tool)
      await mkdir(dirname(path), { recursive: true })
      await placeBeside(path, tool, build)
      await rename(join(scratch, outputName(tool.package)), path)
    }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function placeBeside(path: string, { reads }: GoTool, build: Build): Promise<void> {
  if (!reads) return
  const dir = (await goCommand(build, ['list', '-m', '-f', '{{.Dir}}', reads.module])).trim()
  for (const file of reads.files)
    await copyFile(join(dir, file), join(dirname(path), basename(file)))
}

/** Without debug information: -w drops it when linking, and so the compiler, which takes a tenth of its time for it, makes none. */
const buildFlags = ({ tags, stamps }: GoModule): string[] => {
  const ldflags = ['-s -w', ...stamps.map((stamp) => `-X ${stamp}`)].join(' ')
  return ['-tags', tags, '-gcflags=all=-dwarf=false', '-ldflags', ldflags]
}

/** As go build names a program: by the last part of its path that is no major version. */
export const outputName = (path: string): string =>
  path
    .split('/')
    .filter((part) => !/^v\d+$/.test(part))
    .at(-1) ?? path

const packagesOf = ({ tools }: Build) => tools.map((tool) => tool.package)

const named = ({ module, tools }: Build) =>
  tools.length === 1
    ? tools.map(({ name }) => name).join()
    : `${tools.length} programs of ${module.name}`

function goCommand(
  { go, module, signal }: Build,
  args: readonly string[],
  onErrorLine?: (line: string) => void,
): Promise<string> {
  return run(go, args, {
    cwd: moduleDir(module),
    env: {
      ...process.env,
      CGO_ENABLED: module.cgo ? '1' : '0',
      GOFLAGS: '-mod=readonly -buildvcs=false -trimpath',
      GOWORK: 'off',
    },
    signal,
    ...(onErrorLine && { onErrorLine }),
  })
}

async function sourceFiles(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}

const toolsDir = () => join(cacheDir(), 'tools')

export async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

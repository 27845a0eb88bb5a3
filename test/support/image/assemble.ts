// Puts together what a Dockerfile puts together, without Docker: each stage is a folder, COPY copies, and of RUN what node,
// npm and go do is done. What takes a base image, such as its package manager, is not, and is told instead of passed over.
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
} from 'node:fs'
import { basename, isAbsolute, join } from 'node:path'
import { run } from '../../sandbox/machine/command.ts'
import { stagesOf, type Instruction } from './dockerfile.ts'

export type Image = {
  /** Of the last stage. */
  root: string
  workdir: string
  env: Record<string, string>
  user: string
  entrypoint: string[]
  cmd: string[]
  /** Commands that were not run, and files of stages that were not made. */
  left: string[]
}

type Building = Image & { stages: Map<string, string>; context: string }

/** `without`: stages that need their base image. */
export async function assemble(o: {
  repository: string
  dir: string
  without: string[]
}): Promise<Image> {
  const context = contextOf(o.repository, o.dir)
  const stages = new Map<string, string>()
  const left: string[] = []
  let image: Building | undefined
  for (const stage of stagesOf(readFileSync(join(o.repository, 'Dockerfile'), 'utf8'))) {
    if (o.without.includes(stage.name)) continue
    const root = mkdtempSync(join(o.dir, 'stage-'))
    stages.set(stage.name, root)
    const empty = { workdir: '/', env: {}, user: '', entrypoint: [], cmd: [] }
    image = { ...empty, root, left, stages, context }
    for (const instruction of stage.instructions) await carryOut(instruction, image)
  }
  if (!image) throw new Error('the Dockerfile has no stage')
  return image
}

/** What .dockerignore lets through; it excludes all, names what is sent and, of that, what is not. */
function contextOf(repository: string, dir: string): string {
  const context = join(dir, 'context')
  const rules = readFileSync(join(repository, '.dockerignore'), 'utf8').split('\n').filter(Boolean)
  const strange = rules.find((rule) => rule !== '*' && !/^!?[\w./-]+$/.test(rule))
  if (strange) throw new Error(`.dockerignore: expected *, !PATH and PATH, got ${strange}`)
  const named = rules.filter((rule) => rule !== '*')
  const kept = named.filter((rule) => !rule.startsWith('!')).map((rule) => join(repository, rule))
  for (const path of named.filter((rule) => rule.startsWith('!')).map((rule) => rule.slice(1)))
    cpSync(join(repository, path), join(context, path), {
      recursive: true,
      filter: (source) => !kept.includes(source),
    })
  return context
}

async function carryOut({ name, text }: Instruction, image: Building): Promise<void> {
  switch (name) {
    case 'ARG':
      return
    case 'WORKDIR':
      image.workdir = text
      mkdirSync(join(image.root, text), { recursive: true })
      return
    case 'COPY':
      return copy(text, image)
    case 'RUN':
      return runAll(text, image)
    case 'ENV':
      for (const [, field = '', value = ''] of text.matchAll(/(\w+)=(\S+)/g))
        image.env[field] = value
      return
    case 'USER':
      image.user = text
      return
    case 'ENTRYPOINT':
      image.entrypoint = JSON.parse(text) as string[] // the form that Docker asks for
      return
    case 'CMD':
      image.cmd = JSON.parse(text) as string[]
      return
    default:
      throw new Error(`${name}: an instruction that is not known here`)
  }
}

function copy(text: string, image: Building): void {
  const [, from, paths = ''] = /^(?:--from=(\S+) )?(.+)$/.exec(text) ?? []
  const words = paths.split(' ')
  const to = words.pop() ?? ''
  const root = from === undefined ? image.context : image.stages.get(from)
  if (root === undefined) return void image.left.push(`COPY ${text}`)
  const target = join(image.root, isAbsolute(to) ? to : join(image.workdir, to))
  const isFolder = to.endsWith('/') || words.length > 1
  for (const source of words) copyOne(join(root, source), target, isFolder)
}

/** Of a folder the content goes into the target; a file goes into it where that is a folder. */
function copyOne(path: string, target: string, isFolder: boolean): void {
  const into = isFolder && statSync(path).isFile() ? join(target, basename(path)) : target
  cpSync(path, into, { recursive: true })
}

async function runAll(text: string, image: Building): Promise<void> {
  for (const command of text.split(' && ')) {
    if (!/^(\w+=\S+ )*(node|npm|go) /.test(command)) {
      image.left.push(command)
      continue
    }
    const env = {
      ...process.env,
      // What was installed already is not asked for again.
      npm_config_prefer_offline: 'true',
      TARGETARCH: ({ x64: 'amd64', arm64: 'arm64' } as Record<string, string>)[process.arch],
    }
    // An absolute path is one of the stage.
    const here = command.replaceAll(/ -o \//g, ` -o ${image.root}/`)
    await run('sh', ['-c', here], { cwd: join(image.root, image.workdir), env })
  }
}

/** Every file below, from `root` on; what a link to a folder leads to is not below. */
export const filesIn = (root: string, at = ''): string[] =>
  existsSync(join(root, at))
    ? readdirSync(join(root, at), { withFileTypes: true }).flatMap((entry) => {
        const path = join(at, entry.name)
        if (entry.isDirectory()) return filesIn(root, path)
        return isFolder(join(root, path)) ? [] : [path]
      })
    : []

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

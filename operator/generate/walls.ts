// The list of layers as the linter reads it: for each room, what its files may not import. A relative import says how far up it
// goes, so each depth of a room has patterns of its own; a test holds exactly the same list to what is imported.
import { rooms } from './layers.ts'
import { covers, type Room } from './room.ts'

type Pattern = ({ group: string[] } | { regex: string }) & {
  message: string
  importNames?: string[]
  allowTypeImports?: boolean
}

const deepest = 3
/** Memory: https://nodejs.org/api/esm.html loads every builtin behind a facade, and the one of http brings undici. */
const slim = ['operator/framework', 'operator/loadtest']
/** Those that reach clusters other than their own process's, by connectTenant alone. */
const ownCluster = [
  'connect',
  'kubeconfigCredentials',
  'ownClusterCredentials',
  'inClusterCredentials',
]
const guarded = ['operator/jobs', 'operator/controllers', 'operator/loadtest']

/**
 * @param packages Every package that package.json names.
 * @param plugins Of the configuration that takes these walls in: one that named none would bring in the linter's own.
 */
export function walls(packages: readonly string[], plugins: readonly string[]) {
  const overrides = rooms
    .filter(({ path }) => path.startsWith('operator/') || path === 'programs')
    // The last that fits a file holds for it: a room within a room comes after it.
    .toSorted((a, b) => a.path.split('/').length - b.path.split('/').length)
    .flatMap((room) =>
      Array.from({ length: deepest + 1 }, (_, depth) => ({
        files: [`${room.path}/${'*/'.repeat(depth)}*.ts`],
        rules: { 'no-restricted-imports': ['error', restriction(room, depth, packages)] },
      })),
    )
  const homeless = {
    files: ['operator/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**'], message: 'Every file stands in a room.' }] },
      ],
    },
  }
  return { plugins, overrides: [homeless, ...overrides] }
}

function restriction(
  room: Room,
  depth: number,
  packages: readonly string[],
): { patterns: Pattern[] } {
  const up = '../'.repeat(depth + 1)
  const foreign = packages.filter((name) => !room.packages.some((own) => covers(own, name)))
  return {
    patterns: [
      ...(guarded.includes(room.path)
        ? [
            {
              group: ['**/framework/index.ts'],
              importNames: ownCluster,
              message:
                "The process's own cluster is for operator/bin; others are reached by connectTenant.",
            },
          ]
        : []),
      ...(slim.includes(room.path)
        ? [
            {
              group: ['node:http', 'node:https'],
              allowTypeImports: true,
              message: 'As framework/node-http.ts has it: the ESM facade loads undici, 3 MB.',
            },
          ]
        : []),
      {
        regex: closed(room, up),
        message: `${room.path} may import ${[...room.imports].join(', ') || 'nothing of ours'}: operator/generate/layers.ts.`,
      },
      {
        group: foreign.flatMap((name) => [name, `${name}/**`]),
        message: `${room.path} may use ${room.packages.join(', ') || 'no package'}: operator/generate/layers.ts.`,
      },
    ],
  }
}

/** What its imports may not begin with. The linter's expressions have no look-ahead, so it is told what is closed, not what is open. */
function closed({ path, imports }: Room, up: string): string {
  const others = rooms.filter((room) => room.path !== path)
  const names = others.flatMap((room) => {
    const open = imports.filter((to) => to === room.path || to.startsWith(`${room.path}/`))
    const seen = seenFrom(path, room.path)
    if (open.includes(room.path)) return []
    if (open.length === 0) return [`${seen}/`]
    const folders = Object.keys(room.folders ?? {}).filter((name) => !name.includes('/'))
    const shut = folders.filter((name) => !open.includes(`${room.path}/${name}`))
    // Of the files beside its folders only the door is open.
    const files = open.includes(`${room.path}/index.ts`) ? '([^i/]|i[^n/])[^/]*$' : '[^/]*$'
    return [...shut.map((name) => `${seen}/${name}/`), `${seen}/${files}`]
  })
  return `^${up.replaceAll('.', String.raw`\.`)}(${names.join('|')})`
}

/** `operator/api` is `api` for `operator/jobs`, and `release` is `../release`. */
function seenFrom(path: string, other: string): string {
  const [beside, theirs] = [path.split('/').slice(0, -1), other.split('/')]
  const differs = beside.findIndex((name, at) => theirs[at] !== name)
  const common = differs === -1 ? beside.length : differs
  const way = '../'.repeat(beside.length - common) + theirs.slice(common).join('/')
  return way.replaceAll('.', String.raw`\.`).replaceAll('*', '[^/]+')
}

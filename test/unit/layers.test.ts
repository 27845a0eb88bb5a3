// Every import of the product held to the list of layers: those of types, dynamic ones and paths in strings count too, for a
// process that starts another's file knows it.
import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { rooms } from '../../operator/generate/layers.ts'
import { covers, type Room } from '../../operator/generate/room.ts'

const root = join(import.meta.dirname, '../..')
const files = globSync('{operator,programs,release,test/*}/**/*.ts', { cwd: root }).toSorted()

const within = (path: string, room: string) =>
  new RegExp(`^${room.replaceAll('.', '[.]').replaceAll('*', '[^/]+')}(/|$)`).test(path)

/** The narrowest that it stands in. */
const roomOf = (path: string) =>
  rooms
    .filter((room) => within(path, room.path))
    .toSorted((a, b) => depth(b.path) - depth(a.path))
    .at(0)
const depth = (path: string) => path.split('/').length

type Reach = { from: string; to: string }

/** What a file names by a path relative to it: import or string. */
function reaches(from: string): Reach[] {
  const text = readFileSync(join(root, from), 'utf8')
  return [...text.matchAll(/(['"`])(\.\.?\/[^'"`$\n]*)\1/g)].flatMap(([, , path = '']) => {
    const to = normalize(join(dirname(from), path)).replace(/\/$/, '')
    return existsSync(join(root, to)) ? [{ from, to }] : []
  })
}

function packagesOf(from: string): string[] {
  const text = readFileSync(join(root, from), 'utf8')
  const named = text.matchAll(/(?:\bfrom |\bimport\(|^import )'((?:@[\w-]+\/)?[\w-]+)[^']*'/gm)
  return [...named].map(([, name = '']) => name).filter((name) => name !== 'node')
}

/** A room within a room is open only where it is named. */
const allows = ({ imports }: Room, to: string) =>
  imports.some((path) => {
    const isRoom = rooms.some((room) => room.path === path)
    return isRoom ? roomOf(to)?.path === path : within(to, path)
  })
/** The repository, or a folder on the way to the room. */
const contains = ({ path }: Room, to: string) => to === '.' || within(path, to)

/** A folder of tests needs no line of its own where it stands as what it tests does. */
const mirrors = (folder: string) => {
  const [, tested] = /^test\/(?:unit|integration)\/(.+)$/.exec(folder) ?? []
  if (tested === undefined) return false
  return ['operator', '.', 'test'].some((home) => existsSync(join(root, home, tested)))
}

test('every file stands in a room, and every folder has its line', () => {
  expect(files.filter((file) => roomOf(file) === undefined)).toEqual([])
  const told = rooms.flatMap(({ path, folders = {} }) => [
    path,
    ...Object.keys(folders).map((name) => `${path}/${name}`),
  ])
  const real = files.map((file) => dirname(file))
  const known = (folder: string) =>
    told.includes(folder) ||
    mirrors(folder) ||
    rooms.some(({ path }) => path.includes('*') && within(folder, path))
  expect([...new Set(real)].filter((folder) => !known(folder))).toEqual([])
  const missing = told.filter((folder) => globSync(folder, { cwd: root }).length === 0)
  expect(missing).toEqual([])
})

test('a room imports those that it may, and no path leads up', () => {
  const climbs = files.flatMap(reaches).flatMap(({ from, to }) => {
    const room = roomOf(from)
    if (!room || roomOf(to) === room || contains(room, to) || allows(room, to)) return []
    return [`${from} names ${to}`]
  })
  expect(climbs).toEqual([])
})

test('a room may import rooms below it only', () => {
  const upward = rooms.flatMap(({ path, imports }, at) =>
    imports.flatMap((to) => {
      const other = rooms.findIndex((room) => room === roomOf(to))
      return other >= at ? [`${path} → ${to}`] : []
    }),
  )
  expect(upward).toEqual([])
})

test('a room uses the packages that it may, and uses them', () => {
  for (const room of rooms) {
    const used = new Set(files.filter((file) => roomOf(file) === room).flatMap(packagesOf))
    const { packages } = room
    expect({
      [room.path]: [...used].filter((name) => !packages.some((own) => covers(own, name))),
    }).toEqual({ [room.path]: [] })
    const idle = packages.filter((own) => ![...used].some((name) => covers(own, name)))
    expect({ [room.path]: idle }).toEqual({ [room.path]: [] })
  }
})

test('a folder shows what it is about', () => {
  const folders = [...new Set(files.map((file) => dirname(file)))]
  const full = folders.flatMap((folder) => {
    const entries = readdirSync(join(root, folder), { withFileTypes: true })
    const { length } = entries.filter((entry) => entry.isFile())
    return length > 15 ? [`${folder}: ${length} files`] : []
  })
  expect(full).toEqual([])
})

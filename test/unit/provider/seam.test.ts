// Where the product may name a provider: in the rooms of that provider, in the lists that load it, and in what is that
// provider's by its nature. Comments count: who reads about EKS outside of them will write for it.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
const named = /AWS|EC2|EKS|EFS|\b(aws|ec2|eks|efs)\b|\baws[A-Z]|Aws[A-Z]|amazonaws/

/** A folder ends with a slash. */
const rooms: Record<string, string> = {
  'operator/aws/': 'the faces of AWS',
  'operator/api/aws/': 'its part of the API',
  'programs/aws/': 'its program',
}
const lists: Record<string, string> = {
  'operator/api/providers.ts': 'what each provider adds to the API',
  'operator/provider/registry/manager.ts': 'its face in the manager',
  'operator/provider/registry/worker.ts': 'its face in the worker',
  'operator/provider/registry/runner.ts': 'its face in the runner',
  'operator/provider/variables.ts': 'its variables of the environment',
  'operator/provider/registry/plugins.ts': 'the plugins that its program needs',
  'operator/image/plugins.lock': 'and their digests',
  'operator/image/aws': 'a command that its plugins call',
  'programs/index.ts': 'its program by its name',
  'operator/generate/layers.ts': 'its rooms among all rooms',
  'operator/generate/test-layers.ts': 'those of its doubles among them',
}
const byNature: Record<string, string> = {
  'operator/loadtest/resources/report-script.ts':
    'reports go to S3, by whose protocol they are signed',
  'operator/api/locust/locust-test-outcome-schema.ts':
    'the Secret for S3 has the names of its clients',
  'operator/api/locust/locust-types.ts': 'generated from the former',
  'operator/engine/process/runner-jail.ts':
    'the state of stacks may be in S3, whose client reads these files',
  'operator/engine/process/spare-runners.ts': 'the same client reads this variable',
  'operator/autofs/': 'the image of AutoFS brings the mount helper of EFS',
  'operator/addons/autofs/schema.ts':
    'a map names EFS, its own or that of the cluster, as what it mounts',
  'operator/addons/autofs/mount-options.ts': 'EFS is a type of file system to mount(8)',
  'operator/addons/autofs/program/maps.ts':
    'the agent in the image of AutoFS knows these maps by their names',
}
const allowed = { ...rooms, ...lists, ...byNature }

const files = ['operator', 'programs'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path}`)
    .filter((path) => statSync(join(root, path)).isFile()),
)
const naming = files.filter((path) => named.test(readFileSync(join(root, path), 'utf8')))
const covers = (entry: string, path: string) =>
  entry.endsWith('/') ? path.startsWith(entry) : path === entry

test('no file outside the rooms of AWS names it, but for those that are listed with a reason', () => {
  const strays = naming.filter((path) => !Object.keys(allowed).some((one) => covers(one, path)))
  const lines = strays.flatMap((path) =>
    readFileSync(join(root, path), 'utf8')
      .split('\n')
      .flatMap((line, i) => (named.test(line) ? `${path}:${i + 1}: ${line.trim()}` : [])),
  )
  expect(lines).toEqual([])
})

test.each(Object.entries(allowed))('%s is listed for what is in it: %s', (entry) => {
  expect(naming.filter((path) => covers(entry, path))).not.toEqual([])
})

test('a list of providers has one line for each use of one', () => {
  expect(Object.keys(lists).filter((one) => one.includes('/registry/'))).toHaveLength(4)
  for (const path of Object.keys(lists).filter((one) =>
    /operator\/provider\/registry\/(manager|worker|runner)/.test(one),
  )) {
    const lines = readFileSync(join(root, path), 'utf8').split('\n')
    expect(lines.filter((line) => named.test(line)).length, path).toBe(2)
  }
})

test('the contract is of types alone', () => {
  const text = readFileSync(join(root, 'operator/provider/contract.ts'), 'utf8')
  expect(
    text
      .split('\n')
      .filter((line) => /^(import (?!type)|export (?!type)|const|function)/.test(line)),
  ).toEqual([])
})

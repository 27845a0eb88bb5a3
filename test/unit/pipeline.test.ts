// The pipeline file: what can be said of it without running it.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { load } from 'js-yaml'
import { expect, test } from 'vitest'

type Step = { uses?: string; run?: string; env?: Record<string, string> }
type Job = {
  needs?: string[]
  if?: string
  permissions?: Record<string, string>
  env?: Record<string, string>
  steps: Step[]
  'timeout-minutes'?: number
}
type Workflow = {
  on: { push: { tags?: string[] } }
  permissions?: unknown
  jobs: Record<string, Job>
}

const root = join(import.meta.dirname, '../..')
const folder = '.github/workflows'
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const files = readdirSync(join(root, folder))
const text = read(join(folder, 'pipeline.yaml'))
const { jobs, on, permissions } = load(text) as Workflow // checked by what follows
const steps = Object.values(jobs).flatMap((job) => job.steps)
const scripts = steps.map(({ run = '' }) => run).join('\n')

test('there is one pipeline', () => expect(files).toEqual(['pipeline.yaml']))

test('every action is pinned to a commit, with the version that it is', () => {
  const used = [...text.matchAll(/uses: (.+)$/gm)].map(([, action]) => action)
  expect(used.length).toBeGreaterThan(5)
  for (const action of used)
    expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
})

test('a job has the rights that it names, and only publishing writes', () => {
  expect(permissions).toEqual({})
  for (const [name, job] of Object.entries(jobs)) {
    const rights = Object.entries(job.permissions ?? {})
    const written = rights.filter(([, right]) => right !== 'read').map(([right]) => right)
    expect(written, name).toEqual(name === 'publish' ? ['packages', 'id-token'] : [])
    expect(job['timeout-minutes'], name).toBeGreaterThan(0)
  }
})

test('nothing is published but a tag, tested, and made of what is pinned', () => {
  expect(on.push.tags).toEqual(['v*'])
  expect(jobs['publish']?.needs?.toSorted()).toEqual(['pinned', 'test'])
  // A job that needs a skipped one is skipped.
  expect(jobs['pinned']?.if).toBe("startsWith(github.ref, 'refs/tags/v')")
  expect(jobs['pinned']?.steps.at(-1)?.run).toBe('npm run pin -- --check')
  expect(jobs['test']?.steps.some(({ run }) => run?.endsWith('.ci/run'))).toBe(true)
  expect(scripts).not.toMatch(/\|\| true|continue-on-error/)
})

test('every file and script that a step names is there', () => {
  const named = [...scripts.matchAll(/(?:^|[\s"'(=])((?:release|operator|charts|\.ci)\/[\w./-]+)/g)]
    .map(([, path = '']) => path)
    .filter((path) => !path.endsWith('/'))
  expect(new Set(named)).toEqual(
    new Set([
      '.ci/run',
      'operator/autofs/Dockerfile',
      'release/stamp-chart.ts',
      'release/sbom.ts',
      'release/provenance.ts',
      'charts/cratekube',
      'charts/cratekube-loadtest',
    ]),
  )
  for (const path of named) expect(existsSync(join(root, path)), path).toBe(true)
  const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const ran = [...scripts.matchAll(/npm run (\w+)/g)].map(([, script = '']) => script)
  expect(ran.length).toBeGreaterThan(0)
  for (const script of ran) expect(Object.keys(manifest.scripts)).toContain(script)
})

test('both images for both architectures, both charts, each signed and attested', () => {
  expect(jobs['publish']?.env?.['PLATFORMS']).toBe('linux/amd64,linux/arm64')
  expect(scripts).toContain('for image in cratekube autofs;')
  expect(scripts).toContain('for chart in cratekube cratekube-loadtest;')
  for (const subject of ['cratekube', 'autofs', 'charts/cratekube', 'charts/cratekube-loadtest'])
    expect(scripts).toMatch(new RegExp(`"${subject}@\\$\\w+_digest"`))
  for (const call of ['cosign sign --yes', '--type slsaprovenance1', '--type cyclonedx'])
    expect(scripts).toContain(call)
})

test('the only secret is the run’s own token, and it reaches one step by its environment', () => {
  const secrets = [...text.matchAll(/secrets\.\w+/g)].map(([secret]) => secret)
  expect(secrets).toEqual(['secrets.GITHUB_TOKEN'])
  expect(scripts).not.toContain('secrets.')
  expect(text).not.toMatch(/gh[pousr]_\w{20,}|AKIA[A-Z0-9]{16}|BEGIN \w* ?PRIVATE KEY/)
})

test('what others may choose, such as the name of a branch, is no part of a script', () =>
  expect(scripts).not.toContain('${{'))

test('every script is one that the shell can read, and a failing command ends it', () => {
  expect(load(text)).toMatchObject({ defaults: { run: { shell: 'bash' } } }) // -e and -o pipefail
  for (const { run } of steps.filter((step) => step.run !== undefined)) {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: run ?? '', encoding: 'utf8' })
    expect({ status, stderr }, run).toEqual({ status: 0, stderr: '' })
  }
})

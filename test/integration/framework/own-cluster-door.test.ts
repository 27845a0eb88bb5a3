// Who may load a kubeconfig, or connect with more than address, authority and token: operator/bin, and the linter says so.
import { spawnSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = join(import.meta.dirname, '../../..')
let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'cratekube-lint-'))
  for (const file of ['.oxlintrc.json', '.oxlintrc.walls.json'])
    copyFileSync(join(root, file), join(dir, file))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const forms: Record<string, (up: string) => string> = {
  'by name': (up) =>
    `import { kubeconfigCredentials } from '${up}/framework/index.ts'\nkubeconfigCredentials('')`,
  'by another name': (up) =>
    `import { ownClusterCredentials as x } from '${up}/framework/index.ts'\nx({ env: {} })`,
  'with all the rest': (up) =>
    `import * as all from '${up}/framework/index.ts'\nall.connect({ server: '' })`,
  'to pass it on': (up) => `export { connect } from '${up}/framework/index.ts'`,
  'the pod’s own': (up) =>
    `import { inClusterCredentials } from '${up}/framework/index.ts'\ninClusterCredentials()`,
  'past the door': (up) =>
    `import { kubeconfigCredentials } from '${up}/framework/kube/kubeconfig.ts'\nkubeconfigCredentials('')`,
}

/** Files that have to be refused, in every folder of operator but bin. */
const places = {
  'operator/controllers/tenant-cluster': '../..',
  'operator/controllers': '..',
  'operator/jobs': '..',
  'operator/loadtest': '..',
  'operator/loadtest/schedule': '../..',
  'operator/engine': '..',
  'operator/engine/embedded': '../..',
  'operator/aws': '..',
  'operator/api': '..',
  operator: '.',
  programs: '../operator',
}

function refusedIn(files: Record<string, string>): Set<string> {
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(dir, file)), { recursive: true })
    writeFileSync(join(dir, file), `${text}\n`)
  }
  const linter = join(root, 'node_modules/.bin/oxlint')
  const { stdout } = spawnSync(linter, ['--format', 'json', '.'], { cwd: dir, encoding: 'utf8' })
  const { diagnostics } = JSON.parse(stdout) as {
    diagnostics: { code: string; filename: string }[]
  } // of oxlint
  const restricted = diagnostics.filter(({ code }) => code.includes('no-restricted-imports'))
  return new Set(restricted.map(({ filename }) => filename))
}

test('the linter refuses every way to it outside operator/bin, and none there', () => {
  const cases = Object.entries(forms).map(([, form], i) => [i, form] as const)
  const wrong = Object.entries(places).flatMap(([place, up]) =>
    cases.map(([i, form]) => [`${place}/case-${i}.ts`, form(up)] as const),
  )
  const ofBin = cases.map(([i, form]) => [`operator/bin/case-${i}.ts`, form('..')] as const)
  const refused = refusedIn(Object.fromEntries([...wrong, ...ofBin]))
  const pastTheDoor = Object.keys(forms).indexOf('past the door')
  const expected = [...wrong.map(([file]) => file), `operator/bin/case-${pastTheDoor}.ts`]
  expect([...refused].toSorted()).toEqual(expected.toSorted())
})

/** The linter does not look at what is imported at run time. */
test('no source outside operator/bin and the framework names the loader', () => {
  const sources = ['operator', 'programs'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((file) => `${folder}/${file}`)
      .filter((file) => file.endsWith('.ts')),
  )
  const outside = sources.filter(
    (file) => !/^operator\/((bin|framework)\/|generate\/walls\.ts$)/.test(file),
  )
  expect(outside.length).toBeGreaterThan(100)
  const loaders = /kubeconfigCredentials|ownClusterCredentials|inClusterCredentials|execToken/
  expect(outside.filter((file) => loaders.test(readFileSync(join(root, file), 'utf8')))).toEqual([])
})

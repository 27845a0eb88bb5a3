// The image, the charts and the packages name the same versions and the same files. The image itself is built
// elsewhere; what it is made of can be checked here.
import { spawnSync } from 'node:child_process'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import eks from '@pulumi/eks/package.json' with { type: 'json' }
import { load, loadAll } from 'js-yaml'
import semver from 'semver'
import { plugins } from '../../operator/provider/registry/plugins.ts'
import { variables } from '../../operator/bin/config.ts'
import { loadTestChartVersion } from '../../operator/addons/load-testing/objects.ts'
import { plugins as pinnedPlugins } from '../../release/pins.ts'
import { officialVersion } from '../../operator/engine/embedded/cli/official-version.ts'
import { autofsImage } from '../../operator/addons/autofs/objects.ts'
import { defaultImageRegistry } from '../../operator/api/tenant/tenant-cluster.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const dockerfile = read('Dockerfile')
const manifest = JSON.parse(read('package.json')) as {
  version: string
  dependencies: Record<string, string>
  optionalDependencies: Record<string, string>
}
type Chart = { version: string; appVersion: string }
const chart = (name: string) => load(read(`charts/${name}/Chart.yaml`)) as Chart
/** The version in the tag of an image that the Dockerfile begins from. */
const versionOf = (name: string) =>
  new RegExp(`^ARG ${name}=[^:]+:([\\d.]+)`, 'm').exec(dockerfile)?.[1]

test('the image has the plugins that the programs need, each in the version of its SDK', () => {
  const pinned = pinnedPlugins(read).map(({ name, version }) => [name, version] as const)
  expect(Object.fromEntries(pinned)).toEqual(plugins)
  for (const [name, version] of Object.entries(plugins))
    expect(manifest.dependencies[`@pulumi/${name}`]).toBe(version)
})

test('the plugins serve the versions that the eks component asks for', () => {
  for (const [name, wanted] of Object.entries(eks.dependencies)) {
    const plugin = plugins[name.replace('@pulumi/', '')]
    if (plugin !== undefined) expect(semver.satisfies(plugin, wanted), name).toBe(true)
  }
})

test('the image has the Pulumi CLI that the embedded engine is held to', () => {
  expect(versionOf('PULUMI_IMAGE')).toBe(officialVersion)
  const [major, minor] = officialVersion.split('.')
  expect(readdirSync(join(root, 'test/fixtures/engine'))).toEqual([
    `official-${major}.${minor}.json`,
  ])
  const module = read('test/sandbox/tools/modules/pulumi/go.mod')
  expect(module).toContain(`github.com/pulumi/pulumi/pkg/v3 v${officialVersion} `)
})

test('the image runs the Node that development runs', () => {
  const node = versionOf('NODE_IMAGE')
  expect(Object.values(manifest.optionalDependencies)).toEqual([node, node])
})

test('of every package that the framework names too there is one version', () => {
  const { dependencies } = JSON.parse(read('operator/framework/package.json')) as typeof manifest
  const both = Object.keys(dependencies).filter((name) => name in manifest.dependencies)
  expect(both.length).toBeGreaterThan(1)
  for (const name of both) expect(dependencies[name], name).toBe(manifest.dependencies[name])
})

test('image, charts and program name one release', () => {
  const { version } = manifest
  expect(read('docs/guides/install.md')).toContain(`ghcr.io/cratekube/cratekube:${version}`)
  expect(autofsImage(defaultImageRegistry)).toBe(`ghcr.io/cratekube/autofs:${version}`)
  expect(loadTestChartVersion).toBe(version)
  expect(JSON.parse(read('operator/framework/package.json'))).toMatchObject({ version })
  for (const name of ['cratekube', 'cratekube-loadtest']) {
    expect(chart(name), name).toMatchObject({ version, appVersion: version })
  }
})

const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+)$/gm)].flatMap(([, paths]) =>
  (paths ?? '').split(' ').slice(0, -1),
)

test.each(copied)('what the image copies is there: %s', (path) => {
  expect(existsSync(join(root, path))).toBe(true)
})

test.each(copied)('what the image copies is sent to the builder: %s', (path) => {
  const sent = [...read('.dockerignore').matchAll(/^!(.+)$/gm)].map(([, allowed]) => allowed)
  expect(sent.some((allowed) => path === allowed || path.startsWith(`${allowed}/`))).toBe(true)
})

test('the charts start files that the image has', () => {
  const started = ['manager', 'worker'].map(
    (name) => /args: \[(\S+)\]/.exec(read(`charts/cratekube/templates/${name}.yaml`))?.[1] ?? '',
  )
  const bundles = [...dockerfile.matchAll(/bundle\.ts (\w+) (\S+)/g)].map(([, of, file]) => [
    of,
    file,
  ])
  expect(bundles).toContainEqual(['manager', started[0]])
  expect(dockerfile).toMatch(/^COPY --from=build .*\/app\/manager\.js/m)
  expect(existsSync(join(root, started[1] ?? ''))).toBe(true)
})

test.each(['manager', 'worker'] as const)('the chart sets only what the %s reads', (name) => {
  const files = [`templates/${name}.yaml`, 'templates/_helpers.tpl']
  const text = files.map((file) => read(`charts/cratekube/${file}`)).join('\n')
  const set = [...text.matchAll(/- name: (CRATEKUBE_\w+|AWS_\w+)/g)].map(([, variable]) => variable)
  expect(set.length).toBeGreaterThan(5)
  expect(Object.keys(variables[name])).toEqual(expect.arrayContaining(set))
  expect(set).not.toContain('AWS_ENDPOINT_URL')
})

test('the CRDs of the charts are the generated ones', () => {
  for (const [name, file] of [
    ['cratekube', 'tenantclusters'],
    ['cratekube-loadtest', 'locusttests'],
  ]) {
    expect(loadAll(read(`charts/${name}/crds/${file}.yaml`)).length).toBe(1)
    expect(read(`charts/${name}/crds/${file}.yaml`)).toBe(read(`crds/${file}.yaml`))
  }
})

test.each(['aws', 'start', 'install-plugins'])('the image’s %s can be executed', (name) => {
  expect(statSync(join(root, 'operator/image', name)).mode & 0o111).toBe(0o111)
})

const start = (pulumiHome: string) =>
  spawnSync(join(root, 'operator/image/start'), ['-p', '[process.argv0, 6 * 7].at(1)'], {
    env: { PATH: process.env['PATH'], PULUMI_HOME: pulumiHome },
    encoding: 'utf8',
  })

test('the entrypoint gives Pulumi a writable home with the image’s plugins, again and again', () => {
  const dir = mkdtempSync(join(tmpdir(), 'cratekube-start-'))
  try {
    for (const _ of ['first', 'after a restart']) {
      expect(start(join(dir, 'pulumi'))).toMatchObject({ status: 0, stdout: '42\n', stderr: '' })
      expect(readlinkSync(join(dir, 'pulumi/plugins'))).toBe('/opt/pulumi/plugins')
    }
  } finally {
    rmSync(dir, { recursive: true })
  }
})

test('the entrypoint goes on where nothing can be written', () => {
  expect(start('/proc/nowhere')).toMatchObject({ status: 0, stdout: '42\n', stderr: '' })
})

const installPlugins = (lock: string, architecture = 'amd64') => {
  const dir = mkdtempSync(join(tmpdir(), 'cratekube-plugins-'))
  try {
    const said = join(dir, 'said')
    writeFileSync(join(dir, 'pulumi'), `#!/bin/sh\necho "$@" >>${said}\n`, { mode: 0o755 })
    writeFileSync(join(dir, 'plugins.lock'), lock)
    const script = join(root, 'operator/image/install-plugins')
    const { status, stderr } = spawnSync(script, [join(dir, 'plugins.lock'), architecture], {
      env: { PATH: `${dir}:${process.env['PATH']}` },
      encoding: 'utf8',
    })
    const calls = existsSync(said) ? readFileSync(said, 'utf8') : ''
    return { status, stderr: stderr.trim(), calls }
  } finally {
    rmSync(dir, { recursive: true })
  }
}
const [sumA, sumB] = ['a', 'b'].map((digit) => digit.repeat(64))

test.each([
  ['amd64', sumA],
  ['arm64', sumB],
])('plugins for %s are installed by their sums', (architecture, sum) => {
  const lock = `# comment\n\naws 1.2.3 ${sumA} ${sumB}\neks 2.0.0 ${sumA} ${sumB}\n`
  expect(installPlugins(lock, architecture)).toEqual({
    status: 0,
    stderr: '',
    calls: ['aws 1.2.3', 'eks 2.0.0']
      .map((plugin) => `plugin install resource ${plugin} --exact --checksum ${sum}\n`)
      .join(''),
  })
})

test.each([
  [
    'without a sum',
    `aws 1.2.3 - ${sumB}\n`,
    'amd64',
    /aws 1.2.3: expected the SHA-256 of its amd64/,
  ],
  ['with half a sum', `aws 1.2.3 abc ${sumB}\n`, 'amd64', /got 'abc'; npm run pin writes it/],
  ['of no architecture', `aws 1.2.3 ${sumA} ${sumB}\n`, '', /expected amd64 or arm64, got ''/],
])('a plugin %s ends the build', (_, lock, architecture, message) => {
  const { status, stderr, calls } = installPlugins(lock, architecture)
  expect({ status, calls }).toEqual({ status: 1, calls: '' })
  expect(stderr).toMatch(message)
})

test('the aws command of the image answers', () => {
  const { stdout, status } = spawnSync(
    process.execPath,
    [join(root, 'operator/aws/access/aws.ts'), '--version'],
    { encoding: 'utf8', env: {} },
  )
  expect({ stdout, status }).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^aws-cli\//),
  })
})

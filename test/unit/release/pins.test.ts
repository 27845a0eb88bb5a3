// What a release is pinned to, and what is named where.
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { load } from 'js-yaml'
import {
  imageFiles,
  images,
  pluginFile,
  plugins,
  unpinned,
  withDigests,
  withSums,
} from '../../../release/pins.ts'
import { digest, pinnedSources, sources, sum } from '../../support/image/release-sources.ts'

test('nothing is missing once everything is pinned', async () => {
  expect(unpinned(await pinnedSources())).toEqual([])
})

test('each thing that is not pinned is named, whatever the sources have', () => {
  const text: Record<string, string> = {
    Dockerfile: `ARG A_IMAGE=docker.io/a:1@${digest}\nARG B_IMAGE=docker.io/b:2\n`,
    'charts/cratekube/values.yaml': 'redis:\n  bundled:\n    image: redis:7@sha256:abc\n',
    [pluginFile]: `aws 1.2.3 ${sum} -\n`,
  }
  expect(unpinned((file) => text[file] ?? '')).toEqual([
    'Dockerfile: docker.io/b:2: expected a sha256 digest, got none',
    'charts/cratekube/values.yaml: redis:7: expected a sha256 digest, got sha256:abc',
    `${pluginFile}: aws 1.2.3: expected the SHA-256 for arm64, got none`,
  ])
})

test('every stage of every Dockerfile begins from an image that is pinned', () => {
  const root = join(import.meta.dirname, '../../..')
  const files = globSync('{,operator/**/,release/**/}*Dockerfile', { cwd: root }).toSorted()
  expect(files).toEqual(imageFiles.filter((file) => file.endsWith('Dockerfile')).toSorted())
  for (const file of files) {
    const text = sources(file)
    const arguments_ = [...text.matchAll(/^ARG (\w+_IMAGE)=/gm)].map(([, name]) => `\${${name}}`)
    const bases = [...text.matchAll(/^FROM (?:--platform=\S+ )?(\S+)/gm)].map(([, base]) => base)
    expect(bases.length).toBeGreaterThan(0)
    expect(bases.filter((base) => !arguments_.includes(base ?? ''))).toEqual([])
  }
})

test('every image that a chart names is pinned', () => {
  for (const chart of ['cratekube', 'cratekube-loadtest']) {
    const file = `charts/${chart}/values.yaml`
    const known = images(sources).filter((image) => image.file === file)
    expect(imagesIn(load(sources(file))).map((image) => image.replace(/@.*/, ''))).toEqual(
      known.map(({ name }) => name),
    )
  }
})

const imagesIn = (value: unknown): string[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([field, inner]) =>
        field === 'image' && typeof inner === 'string' ? [inner] : imagesIn(inner),
      )
    : []

test('pinning once more takes the digests of today and changes nothing else', async () => {
  const before = 'ARG A_IMAGE=docker.io/a:1@sha256:old\nRUN true # image: no:1\n'
  const asked: string[] = []
  const after = await withDigests(before, (name) => {
    asked.push(name)
    return Promise.resolve(digest)
  })
  expect(asked).toEqual(['docker.io/a:1'])
  expect(after).toBe(`ARG A_IMAGE=docker.io/a:1@${digest}\nRUN true # image: no:1\n`)
})

test('the sums are those of the archives that the CLI takes', async () => {
  const asked: string[] = []
  const text = await withSums('# a\naws 7.48.0 - -\n', (archive) => {
    asked.push(archive)
    return Promise.resolve(archive.includes('arm64') ? sum : 'f'.repeat(64))
  })
  expect(text).toBe(`# a\naws 7.48.0 ${'f'.repeat(64)} ${sum}\n`)
  expect(asked).toEqual(
    ['amd64', 'arm64'].map(
      (architecture) =>
        `https://github.com/pulumi/pulumi-aws/releases/download/v7.48.0/pulumi-resource-aws-v7.48.0-linux-${architecture}.tar.gz`,
    ),
  )
  expect(plugins(() => text)).toEqual([
    { name: 'aws', version: '7.48.0', sums: { amd64: 'f'.repeat(64), arm64: sum } },
  ])
})

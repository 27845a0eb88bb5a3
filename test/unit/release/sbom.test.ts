// The bill of materials that the build writes: well formed, and with everything that is in the image.
import { expect, test } from 'vitest'
import { images, plugins } from '../../../release/pins.ts'
import { billOfMaterials } from '../../../release/sbom.ts'
import { sources } from '../../support/image/release-sources.ts'

type Locked = Record<'dev' | 'optional' | 'devOptional' | 'link', boolean | undefined> & {
  version: string
  integrity: string
}

const bom = billOfMaterials()
const refs = bom.components.map((one) => one['bom-ref'])

test('is CycloneDX as its specification asks for it', () => {
  expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.5' })
  expect(bom.serialNumber).toMatch(
    /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/,
  )
  expect(bom.metadata.component).toMatchObject({ type: 'application', name: 'cratekube' })
  expect(new Set(refs).size).toBe(refs.length)
  const known = new Set([...refs, bom.metadata.component['bom-ref']])
  const named = bom.dependencies.flatMap(({ ref, dependsOn = [] }) => [ref, ...dependsOn])
  expect(named.filter((ref) => !known.has(ref))).toEqual([])
  expect(new Set(bom.dependencies.map(({ ref }) => ref))).toEqual(known)
  const lengths: Record<string, number> = { 'SHA-256': 64, 'SHA-512': 128 }
  for (const { alg, content } of bom.components.flatMap(({ hashes = [] }) => hashes)) {
    expect(content).toMatch(/^[0-9a-f]+$/)
    expect(content.length).toBe(lengths[alg])
  }
})

test('has every package that npm leaves in the image, by the digest of the lock file', () => {
  const { packages } = JSON.parse(sources('package-lock.json')) as {
    packages: Record<string, Locked>
  }
  const shipped = Object.entries(packages)
    // What is not below node_modules, or a link to it, is the application itself.
    .filter(([path, one]) => path.includes('node_modules/') && !one.link)
    .filter(([, one]) => !one.dev && !one.optional && !one.devOptional)
    .map(([path, { version, integrity }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
      const content = Buffer.from(integrity.replace('sha512-', ''), 'base64').toString('hex')
      return `${name}@${version} ${content}`
    })
  expect(shipped.length).toBeGreaterThan(50)
  const listed = bom.components
    .filter(({ purl }) => purl?.startsWith('pkg:npm/'))
    .map(({ name, version, hashes }) => `${name}@${version} ${hashes?.[0]?.content}`)
  expect(listed.toSorted()).toEqual([...new Set(shipped)].toSorted())
})

test('has the images and the plugins that the image is made from', () => {
  const bases = images(sources).filter(({ file }) => file === 'Dockerfile')
  expect(bases.length).toBe(3)
  expect(refs).toEqual(expect.arrayContaining(bases.map(({ name }) => `image:${name}`)))
  const named = plugins(sources).map(({ name, version }) => `pulumi-plugin:${name}@${version}`)
  expect(refs).toEqual(expect.arrayContaining(named))
})

test('what a workspace needs is needed by the application', () => {
  const { dependencies } = JSON.parse(sources('operator/framework/package.json')) as {
    dependencies: Record<string, string>
  }
  const own = bom.dependencies.find(({ ref }) => ref === bom.metadata.component['bom-ref'])
  const needed = Object.entries(dependencies).map(([name, version]) => `${name}@${version}`)
  expect(needed.length).toBeGreaterThan(0)
  expect(own?.dependsOn).toEqual(expect.arrayContaining(needed))
  expect(new Set(own?.dependsOn).size).toBe(own?.dependsOn?.length)
})

// The bill of materials of the production image, in CycloneDX: what npm installs into it, from the lock file, and the images
// and plugins that it is made from. `node release/sbom.ts OUTFILE`. Debian's packages are in the image's own, by BuildKit.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { architectures, images, plugins } from './pins.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

type Hash = { alg: string; content: string }
export type Component = {
  'bom-ref': string
  type: string
  name: string
  version?: string
  purl?: string
  hashes?: Hash[]
  properties?: { name: string; value: string }[]
}
export type Bom = {
  bomFormat: string
  specVersion: string
  serialNumber: string
  metadata: { component: Component }
  components: Component[]
  dependencies: Dependency[]
}
type Dependency = { ref: string; dependsOn?: string[] }

/** npm lists all that the lock file has; what its own --omit leaves out is more than what npm prunes. */
export function billOfMaterials(): Bom {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only']
  const bom = JSON.parse(execFileSync('npm', args, { cwd: root, encoding: 'utf8' })) as Bom // npm's own format
  const { name } = JSON.parse(read('package.json')) as { name: string }
  // npm takes the name of the folder.
  const component = { ...bom.metadata.component, type: 'application', name }
  const shipped = shippedPackages()
  const packages = bom.components.filter((one) => shipped.has(`${one.name}@${one.version}`))
  const others = [...baseImages(), ...providerPlugins()].toSorted((a, b) =>
    a['bom-ref'] < b['bom-ref'] ? -1 : 1,
  )
  const components = [...packages, ...others]
  const own = component['bom-ref']
  const workspaces = workspaceRefs()
  const ofWorkspaces = bom.dependencies.flatMap(({ ref, dependsOn = [] }) =>
    workspaces.has(ref) ? dependsOn : [],
  )
  const known = new Set([own, ...components.map((one) => one['bom-ref'])])
  const needed = ({ ref, dependsOn = [] }: Dependency): Dependency => ({
    ref,
    dependsOn: [
      ...new Set(
        [...dependsOn, ...(ref === own ? ofWorkspaces : [])].filter((on) => known.has(on)),
      ),
      ...(ref === own ? others.map((one) => one['bom-ref']) : []),
    ],
  })
  const dependencies = [
    ...bom.dependencies.filter(({ ref }) => known.has(ref)).map(needed),
    ...others.map((one) => ({ ref: one['bom-ref'] })),
  ]
  return { ...bom, metadata: { ...bom.metadata, component }, components, dependencies }
}

type Locked = {
  name?: string
  version: string
  dev?: boolean
  optional?: boolean
  devOptional?: boolean
  link?: boolean
}

const locked = () =>
  Object.entries(
    (JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> }).packages, // npm's own format
  )

/** Parts of the application itself, as npm calls them. */
const workspaceRefs = (): Set<string> =>
  new Set(
    locked()
      .filter(([path]) => path !== '' && !path.includes('node_modules/'))
      .map(([, { name, version }]) => `${name}@${version}`),
  )

/** As name@version; npm prunes the others when the image is built. */
function shippedPackages(): Set<string> {
  return new Set(
    locked()
      .filter(
        ([path, one]) =>
          path.includes('node_modules/') &&
          !one.link &&
          !one.dev &&
          !one.optional &&
          !one.devOptional,
      )
      .map(([path, { version }]) => {
        const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)
        return `${name}@${version}`
      }),
  )
}

/** Those of the Dockerfile: what charts name is not in the image. */
const baseImages = (): Component[] =>
  images(read)
    .filter(({ file }) => file === 'Dockerfile')
    .map(({ name, digest }) => ({
      'bom-ref': `image:${name}`,
      type: 'container',
      name: name.slice(0, name.lastIndexOf(':')),
      version: name.slice(name.lastIndexOf(':') + 1),
      ...(digest && { hashes: [{ alg: 'SHA-256', content: digest.replace('sha256:', '') }] }),
    }))

const providerPlugins = (): Component[] =>
  plugins(read).map(({ name, version, sums }) => ({
    'bom-ref': `pulumi-plugin:${name}@${version}`,
    type: 'application',
    name: `pulumi-resource-${name}`,
    version,
    purl: `pkg:github/pulumi/pulumi-${name}@v${version}`,
    properties: architectures.flatMap((architecture) => {
      const sum = sums[architecture]
      return sum ? [{ name: `cratekube:sha256:linux-${architecture}`, value: sum }] : []
    }),
  }))

if (import.meta.main) {
  const [, , outfile] = argv
  if (outfile === undefined) throw new Error('usage: node release/sbom.ts OUTFILE')
  writeFileSync(outfile, `${JSON.stringify(billOfMaterials(), null, 2)}\n`)
}

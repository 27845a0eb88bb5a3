// Where a release comes from: a SLSA provenance in an in-toto statement about what was pushed.
// `node release/provenance.ts --out FILE --repository URL --ref REF --commit SHA --run URL NAME=sha256:DIGEST...`
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { parseArgs } from 'node:util'
import { architectures, images, plugins, type Read } from './pins.ts'

const root = join(import.meta.dirname, '..')
const workflow = '.github/workflows/pipeline.yaml'

export type Origin = {
  repository: string
  ref: string
  commit: string
  /** The run of the pipeline. */
  run: string
}
type Digest = Record<string, string>
export type Subject = { name: string; digest: Digest }

/** https://slsa.dev/spec/v1.0/provenance, in the build type that GitHub documents for its workflows. */
export function provenance(subject: Subject[], origin: Origin, read: Read) {
  const { repository, ref, commit, run } = origin
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject,
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: 'https://actions.github.io/buildtypes/workflow/v1',
        externalParameters: { workflow: { ref, repository, path: workflow } },
        resolvedDependencies: [
          { uri: `git+${repository}@${ref}`, digest: { gitCommit: commit } },
          { uri: 'package-lock.json', digest: { sha256: sha256(read('package-lock.json')) } },
          ...materials(read),
        ],
      },
      runDetails: {
        builder: { id: 'https://github.com/actions/runner/github-hosted' },
        metadata: { invocationId: run },
      },
    },
  }
}

function materials(read: Read): { uri: string; digest: Digest }[] {
  const bases = images(read)
    .filter(({ file }) => file.endsWith('Dockerfile'))
    .map(({ name, digest = '' }) => ({
      uri: `docker://${name}`,
      digest: { sha256: digest.replace('sha256:', '') },
    }))
  const archives = plugins(read).flatMap(({ name, version, sums }) =>
    architectures.map((architecture) => ({
      uri: `pkg:github/pulumi/pulumi-${name}@v${version}?arch=${architecture}`,
      digest: { sha256: sums[architecture] ?? '' },
    })),
  )
  const all = [...bases, ...archives]
  const unknown = all.find(({ digest }) => digest.sha256 === '')
  if (unknown) throw new Error(`${unknown.uri}: expected a digest, got none; npm run pin writes it`)
  return all
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')

export function subjectOf(argument: string): Subject {
  const [, name, sum] = /^(.+)=sha256:([0-9a-f]{64})$/.exec(argument) ?? []
  if (name === undefined || sum === undefined)
    throw new Error(`subject: expected NAME=sha256:DIGEST, got ${argument}`)
  return { name, digest: { sha256: sum } }
}

if (import.meta.main) {
  const text = { type: 'string', default: '' } as const
  const { values, positionals } = parseArgs({
    args: argv.slice(2),
    allowPositionals: true,
    options: { out: text, repository: text, ref: text, commit: text, run: text },
  })
  const missing = Object.entries(values).find(([, value]) => value === '')
  if (missing) throw new Error(`--${missing[0]}: expected a value`)
  if (positionals.length === 0) throw new Error('subject: expected at least one NAME=sha256:DIGEST')
  const read = (file: string) => readFileSync(join(root, file), 'utf8')
  const statement = provenance(positionals.map(subjectOf), values, read)
  writeFileSync(values.out, `${JSON.stringify(statement, null, 2)}\n`)
}

// What a release says of where it comes from.
import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { provenance, subjectOf } from '../../../release/provenance.ts'
import { digest, pinnedSources, sources, sum } from '../../support/image/release-sources.ts'

const origin = {
  repository: 'https://example.com/owner/name',
  ref: 'refs/tags/v1.2.3',
  commit: 'c'.repeat(40),
  run: 'https://example.com/owner/name/actions/runs/1/attempts/1',
}
const image = subjectOf(`registry.example.com/cratekube=${digest}`)

test('names what was made, from which commit, by which run', async () => {
  expect(provenance([image], origin, await pinnedSources())).toMatchObject({
    _type: 'https://in-toto.io/Statement/v1',
    subject: [{ name: 'registry.example.com/cratekube', digest: { sha256: 'd'.repeat(64) } }],
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        externalParameters: {
          workflow: {
            ref: origin.ref,
            repository: origin.repository,
            path: '.github/workflows/pipeline.yaml',
          },
        },
      },
      runDetails: { metadata: { invocationId: origin.run } },
    },
  })
})

test('names everything that went in, each with its digest', async () => {
  const { predicate } = provenance([image], origin, await pinnedSources())
  const { resolvedDependencies } = predicate.buildDefinition
  expect(resolvedDependencies).toEqual(
    expect.arrayContaining([
      { uri: `git+${origin.repository}@${origin.ref}`, digest: { gitCommit: origin.commit } },
      {
        uri: 'package-lock.json',
        digest: { sha256: createHash('sha256').update(sources('package-lock.json')).digest('hex') },
      },
      expect.objectContaining({
        uri: expect.stringMatching(/^docker:\/\/docker\.io\/library\/debian:/),
        digest: { sha256: 'd'.repeat(64) },
      }),
      expect.objectContaining({
        uri: expect.stringMatching(/^pkg:github\/pulumi\/pulumi-eks@v.*arch=arm64$/),
        digest: { sha256: sum },
      }),
    ]),
  )
  for (const one of resolvedDependencies)
    expect(Object.values(one.digest).every((text) => /^[0-9a-f]{40,64}$/.test(text))).toBe(true)
})

test('is not written about what is not pinned', () => {
  const text: Record<string, string> = { Dockerfile: 'ARG A_IMAGE=docker.io/a:1\n' }
  expect(() => provenance([image], origin, (file) => text[file] ?? '')).toThrow(
    'docker://docker.io/a:1: expected a digest, got none',
  )
})

test.each(['cratekube', 'cratekube=latest', `=${digest}`, `cratekube=${digest}0`])(
  '%s is no subject',
  (argument) => expect(() => subjectOf(argument)).toThrow('expected NAME=sha256:DIGEST'),
)

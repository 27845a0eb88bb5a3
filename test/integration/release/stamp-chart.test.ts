// The charts as the pipeline stamps and packages them: what Helm renders of them pulls the image of the release, by digest.
import { cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import manifest from '../../../package.json' with { type: 'json' }
import { run } from '../../sandbox/machine/command.ts'
import { repository } from '../../sandbox/manifests.ts'
import { helm } from '../../support/helm.ts'

const dir = mkdtempSync(join(tmpdir(), 'cratekube-charts-'))
afterAll(() => rmSync(dir, { recursive: true }))

const digest = `sha256:${'d'.repeat(64)}`
const ours = 'registry.example.com/team/cratekube'
const imagesOf = (rendered: string) =>
  new Set([...rendered.matchAll(/image: "?([^"\n]*cratekube[^"\n]*)/g)].map(([, image]) => image))

test.each(['cratekube', 'cratekube-loadtest'])('%s', async (name) => {
  const chart = join(dir, name)
  cpSync(join(repository, 'charts', name), chart, { recursive: true })
  const script = join(repository, 'release/stamp-chart.ts')
  await run(process.execPath, [script, chart, ours, digest])
  await helm(['package', chart, '--destination', dir])
  const archive = join(dir, `${name}-${manifest.version}.tgz`)
  expect(existsSync(archive)).toBe(true)
  expect(imagesOf(await helm(['template', 'a', archive]))).toEqual(
    new Set([`${ours}:${manifest.version}@${digest}`]),
  )
  // Who names a tag has another image in mind.
  const own = ['--set', 'image.tag=mine', '--set', 'image.repository=r/cratekube']
  expect(imagesOf(await helm(['template', 'a', archive, ...own]))).toEqual(
    new Set(['r/cratekube:mine']),
  )
  await expect(helm(['template', 'a', archive, '--set', 'image.digest=latest'])).rejects.toThrow(
    /image\/digest/,
  )
})

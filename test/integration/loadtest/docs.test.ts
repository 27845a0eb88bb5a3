// Every YAML block of the documentation of load tests is accepted by a real API server, strictly.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadAll } from 'js-yaml'
import { locustSchedule } from '../../../operator/api/locust/locust-schedule.ts'
import { core, pathOf, type Kind, type Manifest } from '../../../operator/framework/index.ts'
import { subjectOf, type LocustTest } from '../../../operator/loadtest/spec/subject.ts'
import { readSettings } from '../../../operator/loadtest/settings.ts'
import { masterJob, workerJob } from '../../../operator/loadtest/resources/index.ts'
import { problems } from '../../../operator/loadtest/spec/validation.ts'
import type { TestPlane } from '../../support/test-plane.ts'
import { testKind } from '../../support/loadtest/load-tests.ts'
import { startPlane } from '../../support/loadtest/plane.ts'

const root = join(import.meta.dirname, '../../..')
const kinds: Record<string, Kind> = {
  ConfigMap: core.configMap,
  LocustTest: testKind,
  LocustSchedule: locustSchedule,
}
let plane: TestPlane
beforeAll(async () => {
  plane = await startPlane()
})
afterAll(() => plane?.stop())

type Source = { where: string; manifest: Manifest }

async function sources(): Promise<Source[]> {
  const dir = join(root, 'docs/loadtest')
  const pages = (await readdir(dir)).filter((name) => name.endsWith('.md'))
  const texts = await Promise.all(pages.map((name) => readFile(join(dir, name), 'utf8')))
  return texts.flatMap((text, at) =>
    [...text.matchAll(/^```yaml\n([^]*?)^```/gm)].flatMap(([, block = '']) =>
      loadAll(block).map((document) => ({
        where: pages[at] ?? '',
        manifest: document as Manifest, // refused below when it is none
      })),
    ),
  )
}

const post = (kind: Kind, body: object) =>
  plane.kube.request('POST', pathOf(kind, { namespace: 'default' }), body, {
    query: { dryRun: 'All', fieldValidation: 'Strict' },
  })

test('the blocks of the documentation are accepted, and so are the Jobs they lead to', async () => {
  const all = await sources()
  expect(all.length).toBeGreaterThanOrEqual(5)
  for (const { where, manifest } of all) {
    const kind = kinds[manifest.kind ?? '']
    if (!kind) throw new Error(`${where}: unexpected kind ${manifest.kind}`)
    const accepted = (await post(kind, manifest)) as LocustTest
    if (kind !== testKind) continue
    const settings = readSettings({})
    const subject = subjectOf(accepted)
    expect(problems(subject)).toEqual([])
    for (const job of [masterJob(subject, settings), workerJob(subject, settings)])
      await post(core.job, { apiVersion: 'batch/v1', kind: 'Job', ...job })
  }
})

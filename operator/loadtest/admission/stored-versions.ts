// Rewrites what an older CRD stored as v1, so that nothing in etcd needs the conversion webhook to be read: with
// all replicas down, the API server could not list the tests, and no replica would ever become ready.
import type { Logger } from 'pino'
import { locustTest } from '../../api/locust/locust-test.ts'
import type { Kube } from '../../framework/index.ts'
import { core, isNotFound } from '../../framework/index.ts'

const { version } = locustTest

/** Safe to repeat, and at the same time as another replica. */
export async function migrateStored(kube: Kube, o: { crd: string; log: Logger }): Promise<void> {
  const crd = await kube.get(core.crd, o.crd)
  const stored = crd?.status?.storedVersions ?? []
  if (stored.every((name) => name === version)) return
  const { items } = await kube.list(locustTest)
  for (const { metadata } of items) {
    try {
      // An empty change is written when, and only when, the stored version is not the current one.
      await kube.patch(locustTest, metadata, {}, { type: 'merge' })
    } catch (error) {
      if (!isNotFound(error)) throw error
    }
  }
  const status = { storedVersions: [version] }
  await kube.patch(core.crd, { name: o.crd }, { status }, { type: 'merge', subresource: 'status' })
  o.log.info({ tests: items.length, stored }, 'LocustTests are stored as v2')
}

// A cache of widgets beside the fake API server that it follows, in virtual time.
import type { Scope } from '../../../../operator/framework/cache/reflector.ts'
import { SharedCaches } from '../../../../operator/framework/cache/shared-caches.ts'
import { createMetrics } from '../../../../operator/framework/metrics.ts'
import type { Change, KubeObject } from '../../../../operator/framework/index.ts'
import {
  FakeApiServer,
  VirtualClock,
  testLog,
} from '../../../../operator/framework/testing/index.ts'
import { widgets } from '../harness.ts'

type Setup = { before?: string[]; refused?: number } & Scope

/** `refused`: how many of its first requests are answered 404, as without the definition. */
export async function cached({ before = [], refused = 0, ...scope }: Setup = {}) {
  const clock = new VirtualClock()
  const server = new FakeApiServer({ clock, kinds: [widgets] })
  const user = server.kube()
  const create = (name: string, labels?: Record<string, string>) =>
    user.create(widgets, {
      metadata: { name, namespace: 'shop', ...(labels && { labels }) },
      spec: { size: 1 },
    })
  for (const name of before) await create(name)
  const metrics = createMetrics()
  const { log, lines } = testLog()
  if (refused > 0) server.faults.add({ times: refused, answer: 404 })
  const caches = new SharedCaches({ kube: server.kube(), clock, log, metrics })
  const cache = caches.of(widgets, scope)
  const changes: string[] = []
  cache.onChange((change: Change<KubeObject>) =>
    changes.push(`${change.type} ${change.obj.metadata.name}`),
  )
  const stop = new AbortController()
  const running = caches.run(stop.signal)
  await clock.settle()
  const names = () =>
    cache
      .list()
      .map(({ metadata }) => metadata.name)
      .toSorted()
  const remove = (name: string) => user.delete(widgets, { name, namespace: 'shop' })
  const lists = () =>
    server.takeRequests().filter((line) => line === 'GET /apis/example.com/v1/widgets').length
  return {
    clock,
    server,
    user,
    caches,
    cache,
    changes,
    create,
    remove,
    names,
    lists,
    metrics,
    warnings: () => lines.filter(({ level }) => level === 40),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('the test is over'))
      await running
    },
  }
}

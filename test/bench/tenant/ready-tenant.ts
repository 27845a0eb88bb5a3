// A whole sandbox with one tenant, the quickstart's, brought to Ready: what `overhead` and `noop` measure on.
import { readFile } from 'node:fs/promises'
import type { Kube } from '../../../operator/framework/index.ts'
import { tenantKind, type TenantObject } from '../../../operator/jobs/queue/tenant-kind.ts'
import { installCrateKube, type CrateKube } from '../../sandbox/cratekube.ts'
import { logTail, type Daemon } from '../../sandbox/machine/daemon.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { applyFiles } from '../../sandbox/manifests.ts'
import { startSandbox, type Sandbox } from '../../sandbox/sandbox.ts'
import { benchRoot } from '../root.ts'
import { say } from '../say.ts'

export type ReadyTenant = AsyncDisposable & {
  readonly sandbox: Sandbox
  readonly cratekube: CrateKube
  readonly tenant: TenantObject
  /** Unix milliseconds of the apply and of the moment at which a watch said Ready. */
  readonly appliedAt: number
  readonly readyAt: number
}

export const tenantRef = { namespace: 'team-payments', name: 'payments-dev' }

const limitMs = 180_000

/** Real AWS times sixty: long enough that the cloud's work is not lost in rounding. */
const cloudSpeed = 60

export async function readyTenant(): Promise<ReadyTenant> {
  await using end = new AsyncDisposableStack()
  const root = end.use(await benchRoot())
  const sandbox = await startSandbox({ root: root.path, cloudSpeed, onProgress: say })
  const cratekube = await installCrateKube(sandbox)
  end.defer(() => cratekube.close())
  const manager = cratekube.startManager()
  const worker = cratekube.startWorker()
  await Promise.all([says(manager, '"msg":"working"'), says(worker, 'taking operations')])
  const processes = [manager, worker]
  await cratekube.prepareTenant({ namespace: tenantRef.namespace, secret: 'payments-aws' })
  const appliedAt = Date.now()
  await applyFiles(cratekube.kube, 'examples/quickstart/tenant-cluster.yaml')
  const ended = new AbortController()
  const guard = setInterval(() => {
    if (processes.some((daemon) => !daemon.alive())) ended.abort(new Error('a process ended'))
  }, 500)
  const tenant = await untilTenant(cratekube.kube, isReady, ended.signal)
    .catch((error: unknown) => {
      for (const daemon of processes) say(logTail(daemon.log))
      throw error
    })
    .finally(() => clearInterval(guard))
  const readyAt = Date.now()
  const kept = end.move()
  return {
    sandbox,
    cratekube,
    tenant,
    appliedAt,
    readyAt,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  }
}

const says = (daemon: Daemon, words: string) =>
  waitFor(async () => (await readFile(daemon.log, 'utf8')).includes(words), {
    what: `${daemon.name} says ${words}`,
    timeoutMs: 60_000,
    explain: () => logTail(daemon.log),
  })

export const isReady = (tenant: TenantObject): boolean =>
  tenant.status?.observedGeneration === tenant.metadata.generation &&
  (tenant.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ??
    false)

/** Watches, so that the moment is exact. */
export async function untilTenant(
  kube: Kube,
  holds: (tenant: TenantObject) => boolean,
  ended?: AbortSignal,
): Promise<TenantObject> {
  const { namespace, name } = tenantRef
  const signal = AbortSignal.any([AbortSignal.timeout(limitMs), ...(ended ? [ended] : [])])
  const { items, resourceVersion } = await kube.list(tenantKind, { namespace })
  const found = items.find(({ metadata }) => metadata.name === name)
  if (found && holds(found)) return found
  let last = found
  for await (const event of kube.watch(tenantKind, { namespace, resourceVersion, signal })) {
    if (event.type === 'BOOKMARK') continue
    last = event.object
    if (last.metadata.name === name && holds(last)) return last
  }
  throw new Error(`${name} did not get there: ${JSON.stringify(last?.status, undefined, 1)}`)
}

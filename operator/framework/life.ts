// From start to end of an operator: health, caches, leadership, work; then drain in the reverse order.
// A lost lease stops everything at once, because somebody else is at work already.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Logger } from 'pino'
import type { SharedCaches } from './cache/shared-caches.ts'
import { delay, type Clock } from './clock.ts'
import type { Controller } from './controller/controller.ts'
import type { EventRecorder } from './context/event-recorder.ts'
import { Interrupt, type InterruptCause } from './controller/interrupt.ts'
import type { Hooks } from './hooks/hooks.ts'
import type { Check, Vitals } from './health/checks.ts'
import { healthServer } from './health/server.ts'
import { kindText } from './kube/kinds.ts'
import type { Kube } from './kube/kube.ts'
import { elected, type LeaderElection } from './lease/election.ts'
import type { HeldLease } from './lease/held-lease.ts'
import type { Metrics } from './metrics.ts'

/** `ready` says what else the process needs before it is ready. */
export type Health = { port: number; host?: string; ready?: () => readonly Check[] }

export type LifeOptions = {
  kube: Kube
  log: Logger
  clock: Clock
  metrics: Metrics
  caches: SharedCaches
  events: EventRecorder
  leaderElection?: LeaderElection
  health?: Health
  hooks: Hooks
  drainMs?: number
}

type Work = { controllers: Controller[] }

const defaultDrainMs = 20_000
/** For handlers that were told to stop. */
const lastWordsMs = 2_000

export class Life {
  readonly #o: LifeOptions
  readonly #loopDelay = monitorEventLoopDelay({ resolution: 20 })
  #isWorking = false
  #leadership: Vitals['lease'] = 'none'

  constructor(o: LifeOptions) {
    this.#o = o
  }

  assertLeading(): void {
    if (this.#leadership === 'lost') throw new Interrupt('lease-lost')
  }

  async run(work: Work, signal: AbortSignal): Promise<void> {
    const { caches, events, hooks } = this.#o
    await using _server = await this.#serve(work)
    const stopped = new AbortController()
    const watching = caches.run(stopped.signal)
    this.#loopDelay.enable()
    try {
      const { leaderElection } = this.#o
      await (leaderElection ? this.#lead(work, leaderElection, signal) : this.#work(work, signal))
    } finally {
      stopped.abort()
      this.#loopDelay.disable()
      await watching
      await hooks.cleanup()
      await events.flush()
    }
  }

  /** A controller whose kind was not known at the start. Its cache runs already. */
  async join(work: Work, controller: Controller, signal: AbortSignal): Promise<void> {
    await Promise.race([
      this.#o.caches.of(controller.kind, controller.where).synced(),
      aborted(signal),
    ])
    if (signal.aborted) return
    work.controllers.push(controller)
    if (this.#isWorking) controller.start()
  }

  async #lead(work: Work, election: LeaderElection, signal: AbortSignal): Promise<void> {
    this.#set('standby')
    const lease = await this.#elected(election, signal)
    if (!lease) return
    this.#set('leading')
    const lost = aborted(lease.lost).then(() => Promise.reject(lease.lost.reason as Error)) // always a LeaseLost
    try {
      await Promise.race([this.#work(work, signal), lost])
    } catch (error) {
      this.#set('lost')
      await this.#stop(work, 'lease-lost', 0)
      throw error
    } finally {
      await lease.release()
    }
    this.#set('none')
  }

  /** undefined when the signal came first. */
  async #elected(election: LeaderElection, signal: AbortSignal): Promise<HeldLease | undefined> {
    const { metrics, clock, kube, log } = this.#o
    const lease = `${election.namespace}/${election.name}`
    const onRenewal = (result: string) => metrics.leaseRenewals.inc({ lease, result })
    return elected({ ...election, kube, clock, log, onRenewal }, signal).catch(
      (error: unknown): undefined => {
        if (!signal.aborted) throw error
      },
    )
  }

  /** Works until the signal, then drains. */
  async #work(work: Work, signal: AbortSignal): Promise<void> {
    await Promise.race([this.#o.caches.synced(), aborted(signal)])
    if (signal.aborted) return
    this.#isWorking = true
    for (const controller of work.controllers) controller.start()
    this.#o.log.info('working')
    await aborted(signal)
    await this.#stop(work, 'shutdown', this.#o.drainMs ?? defaultDrainMs)
  }

  /** Handlers may end by themselves for `patienceMs`; then they are told to. */
  async #stop({ controllers }: Work, cause: InterruptCause, patienceMs: number) {
    this.#isWorking = false
    const drained = Promise.all(controllers.map((controller) => controller.drain()))
    const stopped = Promise.all(controllers.map((controller) => controller.stopTasks(cause)))
    if (patienceMs > 0) await this.#within(drained, patienceMs)
    for (const controller of controllers) controller.interruptAll(cause)
    const ended = await this.#within(Promise.all([drained, stopped]), lastWordsMs)
    if (!ended) this.#o.log.warn({ cause }, 'handlers still run; left behind')
  }

  async #within(work: Promise<unknown>, ms: number): Promise<boolean> {
    const limit = new AbortController()
    const late = delay(this.#o.clock, ms, limit.signal).then(
      () => false,
      () => true,
    )
    return Promise.race([
      work.then(() => {
        limit.abort()
        return true
      }),
      late,
    ])
  }

  #set(leadership: Vitals['lease']): void {
    this.#leadership = leadership
    const { namespace = '', name = '' } = this.#o.leaderElection ?? {}
    this.#o.metrics.leader.set({ lease: `${namespace}/${name}` }, leadership === 'leading' ? 1 : 0)
    this.#o.log.info({ lease: `${namespace}/${name}`, leadership }, 'leadership')
  }

  async #serve(work: Work) {
    const { health, metrics, hooks } = this.#o
    const probes = () => hooks.probe()
    const vitals = () => this.#vitals(work.controllers)
    metrics.ages({
      watches: () => vitals().watches.map(({ kind, silentMs }) => [kind, silentMs]),
      queues: () => vitals().queues.map(({ name, oldestMs }) => [name, oldestMs]),
    })
    const server =
      health && (await healthServer({ ...health, registry: metrics.registry, vitals, probes }))
    return { [Symbol.asyncDispose]: async () => server?.stop() }
  }

  #vitals(controllers: Controller[]): Vitals {
    const eventLoopLagMs = this.#loopDelay.percentile(99) / 1e6
    this.#loopDelay.reset()
    const watches = this.#o.caches.all().map(({ kind, reflector }) => ({
      kind: kindText(kind),
      silentMs: reflector.silentMs,
      idleMs: reflector.idleMs,
      synced: reflector.isSynced,
    }))
    const queues = controllers.map(({ name, queue }) => ({
      name,
      depth: queue.depth,
      oldestMs: queue.oldestMs,
    }))
    const own = this.#o.health?.ready?.() ?? []
    return { watches, queues, lease: this.#leadership, eventLoopLagMs, own }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })

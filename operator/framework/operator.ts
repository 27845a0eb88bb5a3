// An operator: controllers, caches, leader election, health and metrics with one life, `run`.
import type { Registry } from 'prom-client'
import type { Logger } from 'pino'
import type { Cache } from './cache/cache.ts'
import type { Clock } from './clock.ts'
import type { ControllerBuilder, Where } from './controller/builder.ts'
import type { Kind } from './kube/kinds.ts'
import type { Kube } from './kube/kube.ts'
import type { Key, KubeObject } from './kube/objects.ts'

export type LeaderElection = {
  namespace: string
  name: string
  identity: string
  leaseMs?: number
  renewMs?: number
  retryMs?: number
}

export type OperatorOptions = {
  /** Also the field manager of everything it applies. */
  name: string
  kube: Kube
  log: Logger
  clock?: Clock
  leaderElection?: LeaderElection
  metrics?: Registry
  health?: { port: number; host?: string }
  /** Handlers at the same time in each controller that says nothing else, 4 by default. */
  workers?: number
  /** How long run() waits for running handlers after its signal, 20 s by default. */
  drainMs?: number
}

export interface Operator {
  for<S, T>(kind: Kind<S, T>, where?: Where): ControllerBuilder<S, T>
  /** A shared reflector: the same one for the same kind and place. */
  cache<S, T, R>(kind: Kind<S, T, R>, where?: Where): Cache<KubeObject<S, T, R>>
  /** Reconciles a key from outside, for example when the result of a job is in. */
  wake(kind: Kind, key: Key): void
  /** Resolves after a bounded drain; rejects when leadership is lost. */
  run(o: { signal: AbortSignal }): Promise<void>
}

export function operator(_o: OperatorOptions): Operator {
  throw new Error('operator: being built')
}

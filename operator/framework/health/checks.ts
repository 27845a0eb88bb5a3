// What the operator knows about its own health. Alive: its loops turn, whatever the world does. Ready: it
// also hears from the API server and gets on with its work.

export type Check = { name: string; ok: boolean; detail: string }

export type Vitals = {
  watches: { kind: string; silentMs: number; idleMs: number; synced: boolean }[]
  queues: { name: string; depth: number; oldestMs: number }[]
  lease: 'none' | 'leading' | 'standby' | 'lost'
  eventLoopLagMs: number
  /** What the process itself has to say of its being ready. */
  own: readonly Check[]
}

/** Past the silence that a watch tolerates, with a retry's backoff on top. */
const hungAfterMs = 180_000
const deafAfterMs = 150_000
const stuckAfterMs = 300_000
const slowLoopMs = 1_000

export function liveness(vitals: Vitals): Check[] {
  return [
    ...vitals.watches.map(({ kind, idleMs }) => ({
      name: `reflector ${kind}`,
      ok: idleMs < hungAfterMs,
      detail: `last acted ${seconds(idleMs)} ago`,
    })),
    { name: 'lease', ok: vitals.lease !== 'lost', detail: vitals.lease },
  ]
}

export function readiness(vitals: Vitals): Check[] {
  return [
    ...liveness(vitals),
    ...vitals.own,
    ...vitals.watches.map(({ kind, silentMs, synced }) => ({
      name: `watch ${kind}`,
      ok: synced && silentMs < deafAfterMs,
      detail: synced ? `last heard ${seconds(silentMs)} ago` : 'not listed yet',
    })),
    ...vitals.queues.map(({ name, depth, oldestMs }) => ({
      name: `queue ${name}`,
      ok: oldestMs < stuckAfterMs,
      detail: `${depth} waiting, the oldest for ${seconds(oldestMs)}`,
    })),
    {
      name: 'event loop',
      ok: vitals.eventLoopLagMs < slowLoopMs,
      detail: `99% below ${Math.round(vitals.eventLoopLagMs)} ms late`,
    },
  ]
}

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`

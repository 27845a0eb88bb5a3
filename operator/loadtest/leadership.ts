// How long the tests wait for another replica when the one that leads is gone. Shorter than Kubernetes' own 15, 10 and
// 2 s, so that the whole way is: a standby sees the last renewal up to `retryMs` late, waits `leaseMs`, and asks once more
// after up to `retryMs`: 14 s after a kill -9. After a stop it is the drain and one `retryMs`: 1.5 s.

export const leadership = {
  leaseMs: 12_000,
  /** The leader stops by itself well before others may begin. */
  renewMs: 9_000,
  retryMs: 1_000,
} as const

/** A step that is interrupted is taken by the next leader as by one that follows a crash: nobody waits for it. */
export const drainMs = 500

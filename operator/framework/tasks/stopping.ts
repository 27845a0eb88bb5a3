// How an object that is being deleted waits for its daemons and timers; it is woken when the last has stopped.

export const stopping = {
  type: 'again',
  afterMs: 5_000,
  reason: 'StoppingDaemons',
  message: 'waits for its daemons to stop',
} as const

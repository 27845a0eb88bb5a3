// What a reason of a condition and the code of a fault have in common.

/** settled: nothing to do · wait: under way · retry: tried again with backoff · stall: waits for a person. */
export type ReasonOutcome = 'settled' | 'wait' | 'retry' | 'stall'
export type Reason = { outcome: ReasonOutcome; summary: string; advice: string }

export const settled = (summary: string): Reason => ({
  outcome: 'settled',
  summary,
  advice: 'Nothing.',
})
export const wait = (summary: string, advice = 'Nothing; watch status.operation.'): Reason => ({
  outcome: 'wait',
  summary,
  advice,
})
export const retry = (summary: string, advice: string): Reason => ({
  outcome: 'retry',
  summary,
  advice,
})
export const stall = (summary: string, advice: string): Reason => ({
  outcome: 'stall',
  summary,
  advice,
})

// What a reason of a condition and the code of a fault have in common.

/** settled: nothing to do · wait: under way · retry: tried again with backoff · stall: waits for a person. */
export type ReasonOutcome = 'settled' | 'wait' | 'retry' | 'stall'
export type ReasonEntry = { outcome: ReasonOutcome; summary: string; advice: string }
/** By condition, for a kind whose conditions have words of their own. */
export type ConditionReasons = Readonly<Record<string, Readonly<Record<string, ReasonEntry>>>>

export const nothingToDo = (summary: string): ReasonEntry => ({
  outcome: 'settled',
  summary,
  advice: 'Nothing.',
})
export const wait = (
  summary: string,
  advice = 'Nothing; watch status.operation.',
): ReasonEntry => ({
  outcome: 'wait',
  summary,
  advice,
})
export const retry = (summary: string, advice: string): ReasonEntry => ({
  outcome: 'retry',
  summary,
  advice,
})
export const stall = (summary: string, advice: string): ReasonEntry => ({
  outcome: 'stall',
  summary,
  advice,
})

// One row of a table from the text of an error to a fault; read by operator/engine and by providers.

export type FaultRule = {
  pattern: RegExp
  code: string
  /** Instead of the error's own text, where that says less. */
  message?: string | ((found: RegExpExecArray) => string)
  action?: string | ((found: RegExpExecArray, about: { place?: string }) => string)
  retryable: boolean
  /** The spec is at fault: the fault names the field. */
  userInput?: boolean
  inputPath?: string
  /** The worker or its disk failed, not the resource that it was about to make. */
  ofWorker?: boolean
  /** Says little: it never outranks an earlier failure that no rule knows. */
  vague?: boolean
}

/** What a rule says of the text that it fits, where it says more than that. */
export function messageOf({ pattern, message }: FaultRule, text: string): string | undefined {
  if (typeof message !== 'function') return message
  const found = pattern.exec(text)
  return found ? message(found) : undefined
}

/** The advice of a rule for the text that it fits. */
export function actionOf(
  { pattern, action }: FaultRule,
  text: string,
  about: { place?: string },
): string | undefined {
  if (typeof action !== 'function') return action
  const found = pattern.exec(text)
  return found ? action(found, about) : undefined
}

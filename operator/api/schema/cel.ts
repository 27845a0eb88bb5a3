// How a schema carries rules of the API server's expression language (CEL) into the CRD.

type Rule = {
  rule: string
  message: string
  /** CEL that gives the message instead, with what was given in it; `message` stands where it fails. */
  messageExpression?: string
  reason?: string
}

/** A CEL rule of the CRD: `rule` must hold, else the API server answers `message`. */
export const rules = (...list: Rule[]) => ({
  'x-kubernetes-validations': list,
})

// How a schema carries rules of the API server's expression language (CEL) into the CRD.

/** A CEL rule of the CRD: `rule` must hold, else the API server answers `message`. */
export const rules = (...list: { rule: string; message: string; reason?: string }[]) => ({
  'x-kubernetes-validations': list,
})

// AWS errors: told apart, and worded as the real provider words them (Go SDK v2 inside the Terraform bridge), because
// fault classification reads that text.

type SdkError = Error & {
  $metadata?: { httpStatusCode?: number; requestId?: string }
  $operation?: string
  $service?: string
}

/** The service's answer to a call about something that does not exist. */
export function isGone(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (/NotFound(Exception)?$|NotFoundFault$|^NoSuchEntity/i.test(error.name)) return true
  return error.name === 'ClientException' && /^No (cluster|node ?group) found/i.test(error.message)
}

export const isCode = (error: unknown, ...names: string[]): boolean =>
  error instanceof Error && names.includes(error.name)

/** The answer, or undefined when its subject is gone. */
export async function ifExists<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

/** `creating EKS Cluster (x): operation error EKS: CreateCluster, https response error StatusCode: 400, ...` */
export function describeError(doing: string, error: unknown): Error {
  if (!(error instanceof Error)) return new Error(`${doing}: ${String(error)}`)
  return new Error(`1 error occurred:\n\t* ${doing}: ${sdkText(error)}\n\n`, { cause: error })
}

export function sdkText(error: SdkError): string {
  if (error.$operation === undefined) return error.message
  const status = error.$metadata?.httpStatusCode
  const origin = `operation error ${error.$service}: ${error.$operation}`
  if (status === undefined) return `${origin}, ${error.message || error.name}`
  const modelled = error.name.endsWith('Exception') ? `${error.name}` : `api error ${error.name}`
  return `${origin}, https response error StatusCode: ${status}, RequestID: ${error.$metadata?.requestId ?? ''}, ${modelled}: ${error.message}`
}

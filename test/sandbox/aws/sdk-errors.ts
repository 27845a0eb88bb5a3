// Tells the errors of moto apart where the double itself calls it through the SDK.

export const isAwsError = (error: unknown, ...codes: string[]): error is Error =>
  error instanceof Error && codes.includes(error.name)

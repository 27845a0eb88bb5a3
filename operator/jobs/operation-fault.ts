// Thrown inside an operation to end it as failed, with a fault that goes into the status.
import type { Fault } from '../api/fault.ts'

export class OperationFault extends Error {
  override readonly name = 'OperationFault'
  readonly fault: Fault
  /** Version of the Secret that was in use, when it came so far. */
  readonly credentialsVersion: string | undefined

  constructor(fault: Fault, credentialsVersion?: string) {
    super(fault.message)
    this.fault = fault
    this.credentialsVersion = credentialsVersion
  }
}

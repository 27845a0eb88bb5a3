// Thrown inside an operation to end it as failed, with a fault that goes into the status.
import type { Fault } from '../api/fault.ts'

export class OperationFault extends Error {
  override readonly name = 'OperationFault'
  readonly fault: Fault

  constructor(fault: Fault) {
    super(fault.message)
    this.fault = fault
  }
}

// A fault as every process of CrateKube passes it on and as `status.lastError` shows it.
// User-caused faults name the spec field (`inputPath`); all others name the object in `message`.
import { z } from 'zod'

export const faultSchema = z.object({
  code: z.string().describe('Stable machine-readable code, such as Unreachable or InvalidSpec.'),
  inputPath: z
    .string()
    .optional()
    .describe('The field of the spec at fault, such as spec.nodePools[0].desired.'),
  value: z.string().optional().describe('What the field held.'),
  message: z.string().describe('What happened, in one sentence.'),
  action: z.string().optional().describe('What to do next, in one sentence.'),
  retryable: z
    .boolean()
    .describe(
      'Whether the controller tries again by itself; false waits for a change of the spec.',
    ),
  requestId: z.string().optional().describe('The request id of the call to the cloud that failed.'),
})

export type Fault = z.infer<typeof faultSchema>

/** What whoever is asked to remove something of a protected TenantCluster answers. */
export const protectedFault: Fault = {
  code: 'DeletionProtected',
  inputPath: 'spec.deletionProtection',
  message: 'spec.deletionProtection: expected false of what is to be deleted, got true',
  retryable: false,
}

/** Ends an operation as failed where its fault is known. */
export class OperationFault extends Error {
  override readonly name = 'OperationFault'
  readonly fault: Fault
  constructor(fault: Fault) {
    super(fault.message)
    this.fault = fault
  }
}

/** A spec that cannot work, found before or while it is carried out: names the field, what it takes and what it held. */
export class InvalidSpec extends Error {
  override readonly name = 'InvalidSpec'
  readonly fault: Fault
  constructor(o: { field: string; expected: string; got: unknown }) {
    const value = typeof o.got === 'string' ? o.got : JSON.stringify(o.got)
    const message = `${o.field}: expected ${o.expected}, got ${value}`
    super(message)
    this.fault = { code: 'InvalidSpec', inputPath: o.field, value, message, retryable: false }
  }
}

// A condition as it follows from what was measured.
import type { ConditionReason } from '../../../api/faults/reasons.ts'

export type Assessed = {
  type: `${string}Ready` | 'APIReachable'
  status: boolean | 'Unknown'
  reason: ConditionReason
  message: string
}

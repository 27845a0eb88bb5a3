// Refuses a call that the policy of its caller does not allow, in AWS's words.
import type { Call } from '../call.ts'
import type { Principal } from '../auth/credentials.ts'
import { deniedAction } from '../errors.ts'
import type { Moto } from '../moto/moto.ts'
import { demandsOf } from './demands.ts'
import { allows } from './evaluate.ts'

export const authorizer =
  (moto: Moto) =>
  async (call: Call, { arn, policy }: Principal): Promise<void> => {
    if (!policy) return
    for (const demand of await demandsOf(moto, call))
      if (!allows(policy, demand)) throw deniedAction(call, { principal: arn, ...demand })
  }

// EC2: moto behind checks that make it as strict as AWS (before), and states that take time as on AWS (after).
import type { Call, Reply } from '../call.ts'
import type { VirtualClock } from '../clock.ts'
import { AwsError } from '../errors.ts'
import { forwardToMoto } from '../forward.ts'
import type { Service } from '../front.ts'
import type { Quotas } from '../index.ts'
import type { Moto } from '../moto.ts'
import { describeImages } from './images.ts'
import { deletionChecks } from './deletion.ts'
import { natGateways } from './nat-gateways.ts'
import { quotaChecks } from './quotas.ts'
import { remembered } from './remembered.ts'

export type GuardDeps = {
  moto: Moto
  clock: VirtualClock
  quotas: Quotas
  onBackgroundError(error: unknown): void
}

/** Throws the error that AWS would answer with. */
export type Check = (d: GuardDeps, call: Call) => Promise<void>

export type Answer = (call: Call) => Promise<Reply>

export function ec2Service(d: GuardDeps): Service {
  const forward: Answer = (call) => forwardToMoto(d.moto, call)
  const checks: Record<string, Check> = { ...deletionChecks, ...quotaChecks }
  const answers: Record<string, Answer> = {
    ...natGateways(d, forward),
    DescribeImages: describeImages(forward),
    CreateVpcEndpoint: remembered(forward),
  }
  return {
    async answer(call) {
      if (call.form.get('DryRun') === 'true')
        throw new AwsError(
          'DryRunOperation',
          'Request would have succeeded, but DryRun flag is set.',
          412,
        )
      await checks[call.operation]?.(d, call)
      return (answers[call.operation] ?? forward)(call)
    },
  }
}

export const dependencyViolation = (message: string) =>
  new AwsError('DependencyViolation', message, 400)

/** `Name.1`, `Name.2` … of the EC2 query protocol. */
export const listOf = (form: URLSearchParams, name: string): string[] =>
  [...form].filter(([key]) => key.startsWith(`${name}.`)).map(([, value]) => value)

export const xmlReply = (body: string): Reply => ({
  status: 200,
  headers: { 'content-type': 'text/xml;charset=UTF-8' },
  body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
})

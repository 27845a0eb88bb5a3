// Which service answers a call: EKS is ours, the others are moto's behind the guard that makes moto as strict as AWS.
import { notImplemented } from './errors.ts'
import { notFound } from './eks/errors.ts'
import { eksRoute } from './eks/routes.ts'
import type { EksDeps } from './eks/service.ts'
import { forwardToMoto } from './moto/forward.ts'
import type { Service } from './front.ts'
import { ec2Service } from './guard/ec2.ts'
import { efsService } from './guard/efs.ts'
import { elbService } from './guard/load-balancers.ts'
import { ssmService } from './guard/ssm.ts'
import { callerIdentity, learnKeys } from './auth/iam-keys.ts'
import { protocolOf } from './call.ts'
import type { Quotas } from './limits/quotas.ts'

export function services(
  d: EksDeps & { quotas: Quotas; efsDir: string },
): (name: string) => Service {
  const plain: Service = {
    answer: (call) => {
      if (!protocolOf(call.service)) throw notImplemented(call)
      return forwardToMoto(d.moto, call)
    },
  }
  const identity: Service = {
    async answer(call) {
      if (call.operation === 'GetCallerIdentity') return callerIdentity(d.credentials, call)
      const reply = await forwardToMoto(d.moto, call)
      await learnKeys(d, call, reply)
      return reply
    },
  }
  const own: Record<string, Service> = {
    eks: eksService(d),
    ec2: ec2Service(d),
    elasticfilesystem: efsService(d),
    elasticloadbalancing: elbService(d),
    ssm: ssmService(d),
    iam: identity,
    sts: identity,
  }
  return (name) => own[name] ?? plain
}

function eksService(d: EksDeps): Service {
  return {
    route: ({ method, path }) => eksRoute(method, path)?.operation,
    answer: async (call) => {
      const route = eksRoute(call.method, call.path)
      if (!route)
        throw notFound(`the AWS sandbox has no EKS operation at ${call.method} ${call.path}`)
      return route.run({ ...d, call, region: call.region, query: call.query })
    },
  }
}

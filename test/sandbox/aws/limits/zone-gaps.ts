// What AWS has not in each of its availability zones. It differs from service to service, and changes: tests and the
// control API take a service away from a zone and give it back.
import { z } from 'zod'

/** Interface endpoints by the short name of their service, such as eks-auth; `eks-control-plane` for clusters; `zone`: all of it. */
export const gapSchema = z.strictObject({ service: z.string().min(1), zone: z.string().min(1) })
export type ZoneGap = z.infer<typeof gapSchema>

type Zone = { name: string | undefined; id: string | undefined }

export interface ZoneGaps {
  list(): ZoneGap[]
  open(gap: ZoneGap): void
  close(gap: ZoneGap): void
  lacks(service: string, zone: Zone): boolean
}

/** EKS user guide, "network requirements": zones that clusters cannot have subnets in. */
const always = ['use1-az3', 'usw1-az2', 'cac1-az3'].map((zone) => ({
  service: 'eks-control-plane',
  zone,
}))

/** A zone is meant by its name or by its id. */
export function zoneGaps(): ZoneGaps {
  let gaps: ZoneGap[] = always
  const same = (a: ZoneGap, b: ZoneGap) => a.service === b.service && a.zone === b.zone
  return {
    list: () => gaps.slice(),
    open: (gap) => void (gaps = [...gaps.filter((other) => !same(gap, other)), gap]),
    close: (gap) => void (gaps = gaps.filter((other) => !same(gap, other))),
    lacks: (service, { name, id }) =>
      gaps.some((gap) => gap.service === service && (gap.zone === name || gap.zone === id)),
  }
}

// Jobs and Pods of a load test as far as its operator reads them, for the tests in this folder.
import type { Job } from '../../../../operator/loadtest/pods/objects.ts'
import type { Pod } from '../../../../operator/loadtest/pods/objects.ts'

export const job = (more: { spec?: object; conditions?: object[] } = {}): Job =>
  ({
    metadata: { name: 'shop-load-master', uid: 'j' },
    spec: { parallelism: 3, ...more.spec },
    status: { conditions: more.conditions ?? [] },
  }) as unknown as Job // what decide() reads of a Job
export const master = (state?: object, status: object = {}): Pod =>
  ({
    metadata: { name: 'm', uid: 'p' },
    status: {
      ...status,
      ...(state && { containerStatuses: [{ name: 'shop-load-master', state }] }),
    },
  }) as unknown as Pod // what is read of a Pod

export const holds = (type: string, reason = '') => [
  { type, status: 'True', reason, message: 'because' },
]

// Every way to have a test run as an account, and the field that is named in the refusal: held against the operator's own
// check, and against the policy of the chart on a real API server.
import type { LocustTestSpec } from '../../../operator/api/locust/locust-types.ts'

const inPod = (fields: object, scheduled?: string): Partial<LocustTestSpec> => ({
  ...(scheduled && { scheduling: { serviceAccountName: scheduled } }),
  worker: { command: 'x', replicas: 3, podTemplate: { spec: { ...fields } } },
})

type AccountCase = [more: Partial<LocustTestSpec>, field: string]

export const runsAs = (account: string): AccountCase[] => [
  [{ scheduling: { serviceAccountName: account } }, 'scheduling.serviceAccountName'],
  [inPod({ serviceAccountName: account }), 'worker.podTemplate.spec.serviceAccountName'],
  [inPod({ serviceAccount: account }), 'worker.podTemplate.spec.serviceAccount'],
  [inPod({ serviceAccountName: account }, 'runner'), 'worker.podTemplate.spec.serviceAccountName'],
  [
    inPod({ serviceAccountName: null, serviceAccount: account }, 'runner'),
    'worker.podTemplate.spec.serviceAccount',
  ],
  [
    {
      master: { command: 'x', podTemplate: { spec: { serviceAccount: account } } },
    },
    'master.podTemplate.spec.serviceAccount',
  ],
]

export const runAsOthers: Partial<LocustTestSpec>[] = [
  {},
  { scheduling: { serviceAccountName: 'runner' } },
  inPod({ serviceAccountName: null }, 'runner'),
  inPod({ automountServiceAccountToken: true }),
]

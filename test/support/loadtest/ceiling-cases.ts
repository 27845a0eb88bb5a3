// What the ceilings refuse and in which words: held against the operator's own check, and against the policy of the chart
// on a real API server.
import type { LocustTestSpec } from '../../../operator/api/locust/locust-types.ts'

const master = (command: string, extraArgs: string[] = []) => ({ master: { command, extraArgs } })
const users = (value: string) => ({ env: { variables: [{ name: 'LOCUST_USERS', value }] } })
/** As a field of the pod that the operator makes. */
const inPod = (field: string, item: object) => ({
  master: { command: 'x', podTemplate: { spec: { [field]: [{ name: 'a', ...item }] } } },
})
const imageVolume = (reference: string) => ({ image: { reference, pullPolicy: 'Always' } })
const onlyLocust = { images: 'locustio/*' }
const notAllowed = 'expected an image that this operator allows (locustio/*), got evil'

/** Data of the ConfigMap, what of a spec is given besides the least, and the refusal. */
export type CeilingCase = [
  data: Record<string, string>,
  more: Partial<LocustTestSpec>,
  message: string,
]

const nine = { users: '9' }
const atMostNine = 'expected at most 9, the limit of this operator, got'

/** The least has 3 workers and the image locustio/locust:2.47.0. */
export const refused: CeilingCase[] = [
  [
    { workers: '2' },
    {},
    'spec.worker.replicas: expected at most 2, the limit of this operator, got 3',
  ],
  [nine, master('-f a.py -u 10'), `spec.master.command: ${atMostNine} 10`],
  [nine, master('-u10'), `spec.master.command: ${atMostNine} 10`],
  [nine, master('--users=10'), `spec.master.command: ${atMostNine} 10`],
  [nine, master('-f a.py --users "10"'), `spec.master.command: ${atMostNine} 10`],
  [nine, master('-u 5 --user 10'), `spec.master.command: ${atMostNine} 10`],
  [nine, master('x', ['--users', '10']), `spec.master.extraArgs: ${atMostNine} 10`],
  [nine, users('10'), `spec.env.variables: LOCUST_USERS: ${atMostNine} 10`],
  [
    { maxDurationSeconds: '60' },
    { maxDurationSeconds: 61 },
    'spec.maxDurationSeconds: expected at most 60, the limit of this operator, got 61',
  ],
  [
    { images: 'a/*\nb.c' },
    {},
    'spec.image: expected an image that this operator allows (a/*, b.c), got locustio/locust:2.47.0',
  ],
  [
    { images: 'b.c' },
    { image: 'bxc' },
    'spec.image: expected an image that this operator allows (b.c), got bxc',
  ],
  ...['initContainers', 'containers', 'ephemeralContainers'].map((list): CeilingCase => [
    onlyLocust,
    inPod(list, { image: 'evil' }),
    `spec.master.podTemplate.spec.${list}: ${notAllowed}`,
  ]),
  [
    onlyLocust,
    inPod('volumes', imageVolume('evil')),
    `spec.master.podTemplate.spec.volumes: ${notAllowed}`,
  ],
  [onlyLocust, { volumes: [{ name: 'a', ...imageVolume('evil') }] }, `spec.volumes: ${notAllowed}`],
]

export const allowed: [data: Record<string, string>, more: Partial<LocustTestSpec>][] = [
  [{}, master('-u 1000000')],
  [{ workers: '3', ...nine, images: 'other/*\n locustio/*' }, master('-u 9 --user-class 10')],
  [{ maxDurationSeconds: '60' }, {}],
  [nine, users('$(NUMBER)')],
  [onlyLocust, { volumes: [{ name: 'a', ...imageVolume('locustio/data:1') }] }],
  [onlyLocust, { volumes: [{ name: 'a', emptyDir: {} }], ...inPod('volumes', { emptyDir: {} }) }],
]

// Objects of a test that keeps its report, and when the operator asks for it.
import { describe, expect, test } from 'vitest'
import type {
  LocustTestSpec,
  LocustTestStatus,
} from '../../../../operator/api/locust/locust-types.ts'
import { decide } from '../../../../operator/loadtest/lifecycle/decide.ts'
import type { Pod } from '../../../../operator/loadtest/pods/objects.ts'
import { masterJob, workerJob } from '../../../../operator/loadtest/resources/index.ts'
import { parseDelivered } from '../../../../operator/loadtest/results/delivered.ts'
import { defaults, subject } from '../../../support/loadtest/subjects.ts'

const report = (target: NonNullable<LocustTestSpec['report']>) => ({ report: target })
const masterPod = (more: Partial<LocustTestSpec>) =>
  masterJob(subject(more), defaults).spec.template.spec

describe('objects', () => {
  test('nothing is added where no report is asked for, and nothing to workers', () => {
    expect(JSON.stringify(masterPod({}))).not.toContain('report')
    expect(JSON.stringify(workerJob(subject(report({ configMap: {} })), defaults))).not.toContain(
      'report',
    )
  })

  test('Locust writes into an empty directory that the container delivers from', () => {
    const pod = masterPod(report({ configMap: {}, formats: ['html', 'json'] }))
    expect(pod.containers[0]?.args.slice(-4)).toEqual([
      '--html',
      '/cratekube/report/report.html',
      '--csv',
      '/cratekube/report/report',
    ])
    expect(pod.volumes).toContainEqual({ name: 'cratekube-report', emptyDir: {} })
    expect(pod.initContainers?.at(-1)).toMatchObject({
      name: 'locust-report',
      image: 'locustio/locust:2.47.0',
      restartPolicy: 'Always',
      env: expect.arrayContaining([
        { name: 'REPORT_TO', value: 'configMap' },
        { name: 'REPORT_FORMATS', value: 'html,json' },
      ]),
    })
  })

  test('a claim is mounted in that container alone, a Secret is given to it alone', () => {
    const claim = masterPod(report({ persistentVolumeClaim: { claimName: 'reports' } }))
    expect(claim.volumes).toContainEqual({
      name: 'cratekube-report-claim',
      persistentVolumeClaim: { claimName: 'reports' },
    })
    expect(claim.containers[0]?.volumeMounts.map(({ name }) => name)).toEqual(['cratekube-report'])
    const bucket = masterPod(report({ uploadTo: { bucket: 'b', secretRef: 'keys' } }))
    expect(bucket.initContainers?.at(-1)).toMatchObject({
      envFrom: [{ secretRef: { name: 'keys' } }],
    })
    expect(bucket.containers[0]?.envFrom).toEqual([])
  })
})

describe('decide', () => {
  const status: LocustTestStatus = {
    phase: 'Succeeded',
    startTime: '2026-01-01T00:00:00Z',
    runSpec: 'x',
  }
  const pod = (state: object) =>
    ({
      metadata: { name: 'm', uid: 'u', resourceVersion: '1' },
      status: { initContainerStatuses: [{ name: 'locust-report', state }] },
    }) as unknown as Pod
  const step = (more: LocustTestStatus, masterPod?: Pod) =>
    decide({
      subject: subject(report({ configMap: {} })),
      status: { ...status, ...more },
      observed: { workerPods: [], ...(masterPod && { masterPod }) },
      wantedSince: '2026-01-01T00:00:00Z',
      now: new Date('2026-01-01T00:01:00Z'),
    })
  test('the report is fetched once, when it was delivered or is lost', () => {
    expect(step({}, pod({ running: {} }))).toEqual({ do: 'nothing' })
    expect(step({}, pod({ terminated: { exitCode: 0 } }))).toEqual({ do: 'collect-report' })
    expect(step({})).toEqual({ do: 'collect-report' })
    expect(step({ report: { location: 'x' } })).toEqual({ do: 'nothing' })
  })
})

describe('the log of the container', () => {
  const line = (answer: object) => `CRATEKUBE-REPORT ${JSON.stringify(answer)}`
  test('parts of a file are put together', () => {
    const log = [
      line({ file: 'a.csv', part: 'x' }),
      'noise',
      line({ file: 'a.csv', part: 'y' }),
      line({ done: '' }),
    ]
    expect(parseDelivered(log.join('\n'))).toEqual({ files: { 'a.csv': 'xy' }, path: '' })
  })
  test.each([['../etc'], [7], [null], ['']])('a file cannot be called %j', (file) => {
    expect(parseDelivered(line({ file, part: 'x' }))).toEqual({ files: {} })
  })
  test('what is no answer counts as none', () => {
    expect(parseDelivered('CRATEKUBE-REPORT {"fi\nCRATEKUBE-REPORT 7\nhello')).toBe(undefined)
  })
})

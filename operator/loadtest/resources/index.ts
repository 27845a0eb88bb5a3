// The objects of a LocustTest, as pure functions of its spec and the operator's settings.
// The worker Job differs from upstream's in one thing: it replaces a lost worker instead of giving up on all.
import { durationLimit } from '../admission/ceilings.ts'
import type { Mode } from '../pods/names.ts'
import type { Subject } from '../spec/subject.ts'
import { childMetadata, nodeName, podLabel, ports } from '../pods/names.ts'
import type { LoadTestSettings } from '../settings.ts'
import { hasExporter } from './exporter.ts'
import { podTemplate } from './pod.ts'

export function masterService(subject: Subject, settings: LoadTestSettings) {
  const port = (name: string, number: number) => ({
    name,
    protocol: 'TCP',
    port: number,
    targetPort: number,
  })
  return {
    metadata: childMetadata(subject, 'master'),
    spec: {
      type: 'ClusterIP',
      selector: { [podLabel]: nodeName(subject.name, 'master') },
      ports: [
        port(`port${ports.master}`, ports.master),
        port(`port${ports.masterPlusOne}`, ports.masterPlusOne),
        ...(hasExporter(subject.spec, settings)
          ? [port('prometheus-metrics', settings.exporter.port)]
          : []),
      ],
    },
  }
}

export const masterJob = (subject: Subject, settings: LoadTestSettings) =>
  job(subject, 'master', settings)

export const workerJob = (subject: Subject, settings: LoadTestSettings) =>
  job(subject, 'worker', settings)

function job(subject: Subject, mode: Mode, settings: LoadTestSettings) {
  const duration = durationLimit(subject.spec, settings.ceilings)
  const ttl = subject.spec.ttlSecondsAfterFinished ?? settings.jobTtlSeconds
  const metadata = childMetadata(subject, mode)
  return {
    metadata,
    spec: {
      ...(mode === 'master' ? { parallelism: 1 } : workerCount(metadata.name, subject)),
      // A failed master is a failed test; a failed worker is replaced, with the Job controller's own backoff.
      backoffLimit: mode === 'master' ? 0 : workerBackoffLimit,
      ...(ttl !== undefined && { ttlSecondsAfterFinished: ttl }),
      ...(mode === 'master' && duration !== undefined && { activeDeadlineSeconds: duration }),
      template: podTemplate(subject, mode, settings),
    },
  }
}

const workerBackoffLimit = 1_000_000

/**
 * A worker that is told to stop, because its pod was deleted or its node drained, exits with 0. Of a Job without indexes
 * that is the end, which makes no pod any more; of an indexed one it is the end of one index, and more can be added.
 */
function workerCount(name: string, { spec }: Subject) {
  const { replicas } = spec.worker
  return name.length <= longestIndexedName
    ? { parallelism: replicas, completions: replicas, completionMode: 'Indexed' }
    : { parallelism: replicas }
}

/** Its pods' host names are the name and the index. */
const longestIndexedName = 63 - '-9999'.length

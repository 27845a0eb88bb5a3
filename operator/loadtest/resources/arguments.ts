// The arguments of the Locust master and workers, in upstream's order.
import type { LocustTestSpec } from '../../api/locust/locust-types.ts'
import { splitCommand } from '../spec/command.ts'
import { ports } from '../pods/names.ts'
import { reportArguments } from './report.ts'

const otel = (spec: LocustTestSpec) =>
  spec.observability?.openTelemetry?.enabled ? ['--otel'] : []

export function masterArguments(spec: LocustTestSpec): string[] {
  const { autostart, autoquit, extraArgs, command } = spec.master
  return [
    ...splitCommand(command),
    ...otel(spec),
    '--master',
    `--master-port=${ports.master}`,
    `--expect-workers=${spec.worker.replicas}`,
    ...(autostart === false ? [] : ['--autostart']),
    ...(autoquit?.enabled === false ? [] : ['--autoquit', String(autoquit?.timeout ?? 60)]),
    '--enable-rebalancing',
    '--only-summary',
    // With thresholds the verdict is theirs: a few failed requests must not fail the Job.
    ...(spec.thresholds ? ['--exit-code-on-error', '0'] : []),
    ...reportArguments(spec),
    ...(extraArgs ?? []),
  ]
}

export const workerArguments = (spec: LocustTestSpec, masterHost: string): string[] => [
  ...splitCommand(spec.worker.command),
  ...otel(spec),
  '--worker',
  `--master-port=${ports.master}`,
  `--master-host=${masterHost}`,
  ...(spec.worker.extraArgs ?? []),
]

// What a user should be told of a valid LocustTest: fields that have no effect with this operator's settings,
// and arguments that override its own.
import type { Mode } from '../pods/names.ts'
import type { Subject } from './subject.ts'
import type { LoadTestSettings } from '../settings.ts'

export function warningsOf({ spec }: Subject, settings: LoadTestSettings): string[] {
  const { affinity, tolerations } = spec.scheduling ?? {}
  return [
    ...(affinity && !settings.injectAffinity ? [ignored('affinity', 'affinityInjection')] : []),
    ...(tolerations?.length && !settings.injectTolerations
      ? [ignored('tolerations', 'tolerationsInjection')]
      : []),
    ...overrides('master', spec.master.extraArgs),
    ...overrides('worker', spec.worker.extraArgs),
  ]
}

const ignored = (field: string, value: string) =>
  `spec.scheduling.${field}: has no effect, because the operator runs with locustPods.${value}=false`

const own: Record<Mode, string[]> = {
  master: [
    '--master',
    '--master-port',
    '--expect-workers',
    '--autostart',
    '--autoquit',
    '--enable-rebalancing',
    '--only-summary',
  ],
  worker: ['--worker', '--master-port', '--master-host'],
}

const overrides = (mode: Mode, args: string[] = []): string[] =>
  args.flatMap((arg, at) => {
    const flag = own[mode].find((name) => arg === name || arg.startsWith(`${name}=`))
    return flag ? [`spec.${mode}.extraArgs[${at}]: ${flag} overrides what the operator sets`] : []
  })

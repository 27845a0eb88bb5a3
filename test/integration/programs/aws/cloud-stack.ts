// The cloud stack of a tenant on the AWS double, by the real runner: as a worker runs it.
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import {
  runOperation,
  type EngineSettings,
  type OperationResult,
  type StackOperation,
} from '../../../../operator/engine/index.ts'
import type { Lab } from '../../sandbox/aws/fixture.ts'
import { environment } from '../../aws/account.ts'
import type { CloudLab } from '../../aws/cloud-lab.ts'

export const stack = 'team-payments.payments'
export const passphrase = 'correct horse'

export const source = (relative: string) =>
  fileURLToPath(new URL(`../../../../${relative}`, import.meta.url))

export type Where = Pick<EngineSettings, 'engine' | 'backendUrl'> & {
  lab: Lab
  env?: Record<string, string>
  /** Kills the run when so many resources are done. */
  killAt?: number
  /** Kills the run, or ends it as a suspension does. */
  kill?: AbortSignal
  cancel?: AbortSignal
  onDone?: (resources: number) => void
}

/** As the caller of the lab, with the state in its folder. */
export const whereIn = (lab: CloudLab): Where => ({
  lab,
  env: environment(lab, lab.caller),
  engine: 'embedded',
  backendUrl: `file://${lab.folder}`,
})

export const runCloud = (
  operation: Omit<StackOperation, 'program' | 'stack'>,
  { lab, env, killAt = Number.POSITIVE_INFINITY, ...more }: Where,
): Promise<OperationResult> => {
  const { kill: killed, cancel, onDone, ...where } = more
  const kill = new AbortController()
  return runOperation(
    { program: 'cloud', stack, ...operation },
    {
      settings: {
        ...where,
        passphrase,
        providersModule: source('test/sandbox/providers/index.ts'),
        programsModule: source('operator/bin/programs.ts'),
      },
      env: { ...environment(lab), ...env },
      signal: cancel ?? new AbortController().signal,
      kill: AbortSignal.any([kill.signal, ...(killed ? [killed] : [])]),
      onProgress: ({ done }) => {
        onDone?.(done)
        if (done >= killAt) kill.abort()
      },
      log: pino({ level: 'silent' }),
    },
  )
}

export async function succeed(...args: Parameters<typeof runCloud>) {
  const result = await runCloud(...args)
  if (result.status !== 'succeeded') throw new Error(JSON.stringify(result))
  return result
}

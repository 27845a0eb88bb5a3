// What the demo shows: lines with the time since it began, and the steps of an operation as they change.
import type {
  Operation,
  TenantClusterStatus,
} from '../../../operator/api/tenant/tenant-cluster-status.ts'

export type Screen = {
  title(text: string): void
  line(text: string): void
  /** Shows a status when it says something new. */
  status(status: TenantClusterStatus | undefined): void
  secondsSinceStart(): number
}

export function screen(write: (text: string) => void, now: () => number = Date.now): Screen {
  const startedAt = now()
  let last = ''
  const secondsSinceStart = () => (now() - startedAt) / 1000
  const line = (text: string) => write(`${secondsSinceStart().toFixed(1).padStart(6)}s  ${text}\n`)
  return {
    title: (text) => write(`\n${text}\n`),
    line,
    status: (status) => {
      const text = describe(status)
      if (text === '' || text === last) return
      last = text
      line(text)
    },
    secondsSinceStart,
  }
}

export function describe(status: TenantClusterStatus | undefined): string {
  const { operation, lastError } = status ?? {}
  const ready = status?.conditions?.find(({ type }) => type === 'Ready')
  if (operation) return describeOperation(operation)
  if (lastError) return `${lastError.code}: ${lastError.message}`
  return ready ? `${ready.reason.padEnd(13)} ${ready.message}` : ''
}

function describeOperation({ step, message, resources }: Operation): string {
  const share = resources ? `  ${resources.done} of ${resources.total} resources` : ''
  return `${step.padEnd(13)} ${message ?? ''}${share}`
}

// `stack history --json` in the shape that the Automation API parses.
import type { NamedStack } from './session.ts'
import type { Secrets } from '../state/secrets.ts'

export async function readHistory(
  session: NamedStack,
  o: { page: { size: number; number: number }; secrets: (() => Promise<Secrets>) | undefined },
): Promise<unknown[]> {
  const { size, number } = o.page
  const entries = (await session.backend.history(session.ref, { limit: size * number })).slice(
    size * (number - 1),
  )
  const secret = entries.some((entry) =>
    Object.values(entry.config).some((value) => typeof value !== 'string'),
  )
  const secrets = secret ? await o.secrets?.() : undefined
  const show = (value: string | { secure: string }) =>
    typeof value === 'string'
      ? { value, secret: false }
      : { ...(secrets ? { value: secrets.decrypt(value.secure) } : {}), secret: true }
  return entries.map((entry) => ({
    ...entry,
    startTime: new Date(entry.startTime * 1000).toISOString(),
    endTime: new Date(entry.endTime * 1000).toISOString(),
    config: Object.fromEntries(
      Object.entries(entry.config).map(([key, value]) => [key, show(value)]),
    ),
  }))
}

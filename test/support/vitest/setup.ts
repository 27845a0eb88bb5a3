// Before each file of tests: what it changes of the process that it shares with others is put back at its end.
import { afterAll, vi } from 'vitest'

afterAll(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
})

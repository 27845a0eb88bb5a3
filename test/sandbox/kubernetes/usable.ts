// When an API server can be used: it answers long before it knows the range of its Services, its own roles and the classes of
// priority, and refuses until then what needs one of them.
import { waitFor, type WaitOptions } from '../machine/wait.ts'
import type { ApiClient } from './api-client.ts'

export type UsableOptions = {
  /** That it has to serve, for one that takes the place of another. */
  readonly minor?: string
  /** Throws when it will never be. */
  readonly check?: () => void
  readonly explain?: WaitOptions['explain']
}

export async function untilUsable(client: ApiClient, o: UsableOptions = {}): Promise<void> {
  const { minor, check, explain } = o
  await waitFor(
    async () => {
      check?.()
      return (await client.ready()) && (minor === undefined || (await serves(client, minor)))
    },
    {
      what: `kube-apiserver${minor === undefined ? '' : ` ${minor}`} is usable`,
      timeoutMs: 120_000,
      ...(explain && { explain }),
    },
  )
}

async function serves(client: ApiClient, minor: string): Promise<boolean> {
  const version = await client.get('/version').catch(() => undefined) // it may just have gone
  const found = version as { major: string; minor: string } | undefined // what /version is for
  return found !== undefined && `${found.major}.${found.minor}` === minor
}

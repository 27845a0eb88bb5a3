// What a resource type gets to work with: SDK clients of the right region and credentials, waiting, default tags.
import { randomUUID } from 'node:crypto'
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { type CloudWait, waitUntil } from '../wait.ts'
import type { Tags } from './tags.ts'

export type ProviderConfig = {
  region: string
  defaultTags: Tags
  credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
  endpoints: Record<string, string>
  pollMs: number
}

type ClientConfig = {
  region: string
  retryMode: string
  maxAttempts: number
  endpoint?: string
  credentials?: NonNullable<ProviderConfig['credentials']>
}
type Identity = { account: string; arn: string; userId: string }

/** Clients are shared by all calls of a provider; made when first asked for. */
export class Clients {
  readonly config: ProviderConfig
  #clients = new Map<string, { destroy(): void }>()
  #identity: Promise<Identity> | undefined
  constructor(config: ProviderConfig) {
    this.config = config
  }

  get<C extends { destroy(): void }>(make: new (config: ClientConfig) => C, region: string): C {
    const key = `${make.name} ${region}`
    const known = this.#clients.get(key)
    if (known) return known as C // made by the same constructor: its name is in the key
    const service = make.name.replace(/Client$/, '').toLowerCase()
    const endpoint = this.config.endpoints[service]
    const client = new make({
      region,
      retryMode: 'adaptive',
      maxAttempts: 8,
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(this.config.credentials ? { credentials: this.config.credentials } : {}),
    })
    nameOperations(client)
    this.#clients.set(key, client)
    return client
  }

  identity(): Promise<Identity> {
    this.#identity ??= this.get(STSClient, this.config.region)
      .send(new GetCallerIdentityCommand({}))
      .then((me) => ({ account: me.Account ?? '', arn: me.Arn ?? '', userId: me.UserId ?? '' }))
      .catch((error: unknown) => {
        this.#identity = undefined
        throw error
      })
    return this.#identity
  }

  close(): void {
    for (const client of this.#clients.values()) client.destroy()
    this.#clients.clear()
  }
}

type MiddlewareStack = {
  add(
    wrap: (
      next: (args: unknown) => Promise<unknown>,
      context: { commandName?: string; clientName?: string },
    ) => (args: unknown) => Promise<unknown>,
    o: { step: 'initialize'; priority: 'high'; name: string },
  ): void
}

// Errors of the SDK do not say which operation failed; the real provider's do.
function nameOperations(client: object): void {
  const { middlewareStack } = client as { middlewareStack: MiddlewareStack } // every SDK v3 client has one
  middlewareStack.add(
    (next, context) => async (args) => {
      try {
        return await next(args)
      } catch (error) {
        if (error instanceof Error)
          Object.assign(error, {
            $operation: context.commandName?.replace(/Command$/, ''),
            $service: context.clientName?.replace(/Client$/, ''),
          })
        throw error
      }
    },
    { step: 'initialize', priority: 'high', name: 'nameOperations' },
  )
}

export class AwsContext {
  readonly region: string
  readonly tags: Tags
  readonly name: string
  readonly #clients: Clients
  readonly #signal: AbortSignal
  readonly #timeoutMs: number
  /** One token per operation, so that the SDK's own retry after a lost answer makes nothing twice. */
  readonly token: string = randomUUID()

  constructor(o: {
    clients: Clients
    signal: AbortSignal
    timeoutMs: number
    region?: string
    tags?: Tags
    name: string
  }) {
    this.#clients = o.clients
    this.#signal = o.signal
    this.#timeoutMs = o.timeoutMs
    this.region = o.region ?? o.clients.config.region
    this.tags = o.tags ?? {}
    this.name = o.name
  }

  client<C extends { destroy(): void }>(make: new (config: ClientConfig) => C): C {
    return this.#clients.get(make, this.region)
  }

  async account(): Promise<string> {
    return (await this.#clients.identity()).account
  }

  get partition(): string {
    return partitionOf(this.region)
  }

  /** Polls until `probe` gives something; the operation's own time limit unless told otherwise. */
  until<T>(
    what: string,
    probe: () => Promise<T | undefined>,
    o: Partial<CloudWait> = {},
  ): Promise<T> {
    const { pollMs } = this.#clients.config
    return waitUntil(probe, {
      what,
      timeoutMs: this.#timeoutMs,
      pollMs,
      signal: this.#signal,
      ...o,
    })
  }

  /** Repeats a call while `transient` says that the refusal passes, e.g. a role that has not spread yet. */
  async retrying<T>(
    call: () => Promise<T>,
    transient: (error: unknown) => boolean,
    timeoutMs = 120_000,
  ): Promise<T> {
    let last: unknown
    const attempt = async (): Promise<{ value: T } | undefined> => {
      try {
        return { value: await call() }
      } catch (error) {
        if (!transient(error)) throw error
        last = error
        return undefined
      }
    }
    try {
      return (await this.until(`${this.name}: call to be accepted`, attempt, { timeoutMs })).value
    } catch (error) {
      throw last !== undefined && !this.#signal.aborted ? last : error
    }
  }
}

export function partitionOf(region: string): string {
  if (region.startsWith('cn-')) return 'aws-cn'
  return region.startsWith('us-gov-') ? 'aws-us-gov' : 'aws'
}

// What an inline program asks of the engine, which runs in the same process, as plain calls: gRPC, HTTP/2 and the wire
// form of every message would be a third of an update that changes nothing. The requests and answers are the protocol's
// own. Components of a provider in this process call the same way; plugins, and what the program says before it begins, keep
// to the socket (monitor.ts).
import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks'
import { rpcKeepAlive } from '@pulumi/pulumi/runtime/settings.js'
import * as state from '@pulumi/pulumi/runtime/state.js'
import { keepStructs } from '../values/kept-structs.ts'
import { grpc } from './protocol.ts'

export type InlineProgram<T> = () => Promise<T>

/** The methods of a gRPC service, as a server has them. */
type Methods = Record<string, Method>
type Method = (call: { request: unknown }, answer: Answer) => void
type Answer = (error: Refusal | null, response?: unknown) => void
type Refusal = { code: number; details: string }

export type EngineServices = { monitor: object; engine: object }

export interface InlineCalls {
  /** From now until it is disposed, programs call these. */
  serve(services: EngineServices): Disposable
  /** The program to give to the Automation API: it calls the engine that serves when it begins. */
  readonly attach: <T>(program: InlineProgram<T>) => InlineProgram<T>
}

export function inlineCalls(): InlineCalls {
  keepStructs()
  let clients: { monitor: object; engine: object } | undefined
  return {
    serve({ monitor, engine }) {
      clients = { monitor: client(monitor), engine: client(engine) }
      return { [Symbol.dispose]: () => (clients = undefined) }
    },
    attach: (program) => () => {
      if (clients) Object.assign(connections(), clients)
      return program()
    },
  }
}

/** Where the SDK keeps the clients of the run that it is in; present, though not in its type declarations. */
const connections = () =>
  (state as unknown as { getStore(): { settings: object } }).getStore().settings

function client(service: object): object {
  // The handlers of monitor.ts, whose requests differ by method.
  const methods = Object.entries(service as Methods)
  // The engine's work must not find the program's run of the SDK around it, nor the program's the engine's.
  const inEngine = AsyncLocalStorage.snapshot()
  const calls = methods.map(([name, method]) => {
    const call = (request: unknown, callback: Answer) => {
      const answer = AsyncResource.bind(callback)
      // The SDK hears of promises that an answer has rejected only while its run lasts, and only in the next turn.
      const heard = rpcKeepAlive()
      inEngine(method, { request }, (error, response) => {
        if (response) Object.assign(response, unprinted)
        answer(error && asError(error), response)
        setImmediate(heard)
      })
    }
    return [name, call] as const
  })
  return { ...Object.fromEntries(calls), close: () => undefined }
}

/** The SDK prints every answer, however large, into a debug message that nobody reads. */
const unprinted = { toString: () => '' }

/** As a gRPC client shows it. */
const asError = (refusal: Refusal) =>
  Object.assign(
    new Error(`${refusal.code} ${grpc.status[refusal.code]}: ${refusal.details}`),
    refusal,
  )

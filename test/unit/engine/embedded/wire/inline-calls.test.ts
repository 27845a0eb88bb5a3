import * as state from '@pulumi/pulumi/runtime/state.js'
import { expect, test } from 'vitest'
import { inlineCalls } from '../../../../../operator/engine/embedded/wire/inline-calls.ts'

type Call = (request: unknown, answer: (error: Error | null, response?: unknown) => void) => void
type Store = { settings: { monitor?: Record<string, Call>; engine?: Record<string, Call> } }
/** Present, though not in the SDK's type declarations. */
const sdk = state as unknown as {
  withLocalStorage<T>(run: () => T): T
  getLocalStore(): Store | undefined
}

const echo = (call: { request: unknown }, answer: (error: null, response: unknown) => void) =>
  answer(null, call.request)
const services = { monitor: { echo }, engine: {} }

function ask(method: string, request?: unknown): Promise<unknown> {
  const call = sdk.getLocalStore()?.settings.monitor?.[method]
  if (!call) throw new Error(`the program has no ${method}`)
  return new Promise((resolve, reject) =>
    call(request, (error, response) => (error ? reject(error) : resolve(response))),
  )
}

test('a program that begins while an engine serves calls that engine', async () => {
  const inline = inlineCalls()
  using _ = inline.serve(services)
  const request = {}
  expect(await sdk.withLocalStorage(inline.attach(() => ask('echo', request)))).toBe(request)
})

test('the SDK does not spend its time on printing answers', async () => {
  const inline = inlineCalls()
  using _ = inline.serve(services)
  const request = { toString: () => expect.unreachable() }
  const answered = await sdk.withLocalStorage(inline.attach(() => ask('echo', request)))
  expect(String(answered)).toBe('')
})

test('a program that begins when no engine serves keeps the connection that it has', () => {
  const inline = inlineCalls()
  inline.serve(services)[Symbol.dispose]()
  const program = inline.attach(async () => sdk.getLocalStore()?.settings.monitor)
  return expect(sdk.withLocalStorage(program)).resolves.toBeUndefined()
})

test('a refusal has the form that a gRPC client gives it', async () => {
  const inline = inlineCalls()
  const refuse = (_: unknown, answer: (error: object) => void) =>
    answer({ code: 2, details: 'boom' })
  using _ = inline.serve({ ...services, monitor: { refuse } })
  const refused = sdk.withLocalStorage(inline.attach(() => ask('refuse')))
  const shown = { message: '2 UNKNOWN: boom', code: 2, details: 'boom' }
  await expect(refused).rejects.toMatchObject(shown)
})

test('the engine works outside the program’s run of the SDK, and the program goes on inside', async () => {
  const inline = inlineCalls()
  const seen: unknown[] = []
  const look = (_: unknown, answer: (error: null) => void) => {
    seen.push(sdk.getLocalStore())
    answer(null)
  }
  using _ = inline.serve({ ...services, monitor: { look } })
  const program = inline.attach(async () => {
    const own = sdk.getLocalStore()
    sdk.getLocalStore()?.settings.monitor?.['look']?.({}, () => seen.push(sdk.getLocalStore()))
    return own
  })
  const own = await sdk.withLocalStorage(program)
  expect(own).toBeDefined()
  expect(seen).toEqual([undefined, own])
})

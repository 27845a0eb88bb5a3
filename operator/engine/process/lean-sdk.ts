// Takes out of the Pulumi SDK what it does for its own debugging and for closures, which our programs do not have: together
// more than a quarter of an operation that changes nothing. Called once, by a runner, before anything else loads the SDK.
import { createRequire, Module } from 'node:module'

export function leanSdk(): void {
  const sdk = createRequire(createRequire(import.meta.url).resolve('@pulumi/pulumi'))
  // npm's resolver serialises closures, and is a fifth of the SDK's start.
  const resolver = new Module(sdk.resolve('@npmcli/arborist'))
  Object.assign(resolver, { loaded: true, exports: class Arborist {} })
  sdk.cache[resolver.id] = resolver
  // Four messages a resource go to the engine, which drops them: they carry secrets in the clear. A run used to last until
  // they were there, and must last until the next turn: only then does it hear of the promises that its failure rejected.
  const { rpcKeepAlive } = sdk('@pulumi/pulumi/runtime/settings.js')
  replace(sdk('@pulumi/pulumi/log/index.js'), 'debug', () => {
    const heard: () => void = rpcKeepAlive()
    setImmediate(heard)
    return Promise.resolve()
  })
  // Every promise of the SDK is given the stack that it was made on, to be named when the process ends before it does.
  replace(sdk('@pulumi/pulumi/runtime/debuggable.js'), 'debuggablePromise', (promise) => promise)
}

/** A new SDK that moves one of them must not make every operation slower in silence. */
function replace(module: Record<string, unknown>, name: string, by: (arg: unknown) => unknown) {
  if (typeof module[name] !== 'function') throw new Error(`the Pulumi SDK has no ${name} any more`)
  module[name] = by
}

// The testing kit: an API server in this process, a clock that tests move, and an operator on both. It is for tests alone:
// nothing that runs in a cluster imports it.
export { FakeApiServer } from './fake-apiserver/server.ts'
export type { RequestLog } from './fake-apiserver/server.ts'
export { method } from './fake-apiserver/faults.ts'
export type { Fault } from './fake-apiserver/faults.ts'
export { VirtualClock } from './virtual-clock.ts'
export { testLog } from './test-log.ts'
export type { LogLine } from './test-log.ts'
export { harness } from './harness.ts'
export type { Harness, HarnessOptions } from './harness.ts'

// A Kubernetes API server in this process, for tests in virtual time.
export { FakeApiServer } from './server.ts'
export { Faults, method } from './faults.ts'
export type { Fault } from './faults.ts'

// A Kubernetes API server in this process, for tests in virtual time.
export { FakeApiServer } from './server.ts'
export { method } from './faults.ts'

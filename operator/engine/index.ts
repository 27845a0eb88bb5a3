// The engine's door: runs one Pulumi operation in a child process of its own and reports what it did.
// Called by operator/jobs. Knows nothing of queues and Kubernetes.
export { runOperation, type RunOptions } from './run-operation.ts'
export { spareRunners } from './spare-runners.ts'
export type { EngineSettings, OperationResult, Progress, StackOperation } from './operation.ts'

// The engine's door: runs one Pulumi operation in a child process of its own and reports what it did.
// Called by operator/jobs. Knows nothing of queues and Kubernetes.
export { runOperation, type RunOptions } from './run-operation.ts'
export { engineWarning } from './engine-command.ts'
export { findImageFault } from './preflight.ts'
export { runnerJail, type RunnerJail } from './process/runner-jail.ts'
export { runSealedOperation } from './seal/sealed-operation.ts'
export { spareRunners, type SpareRunners } from './process/spare-runners.ts'
export { stateKeys, type StateKeys } from './seal/state-keys.ts'
export type {
  EngineSettings,
  EngineSetup,
  OperationResult,
  Planned,
  Progress,
  StackOperation,
} from './operation.ts'

// The one door of the framework: a kopf-style operator framework for TypeScript. It knows Kubernetes and
// nothing of CrateKube.
export { settled, again, Permanent, Retry, Stall, Temporary } from './controller/outcome.ts'
export type { Outcome } from './controller/outcome.ts'
export { Interrupt } from './controller/interrupt.ts'
export type { InterruptCause } from './controller/interrupt.ts'
export { addFinalizer, hasFinalizer, removeFinalizer } from './controller/finalizer.ts'
export type { Context, Memo, StatusPatch, ApplyChildOptions } from './context/context.ts'
export type {
  ChangeHandler,
  ControllerBuilder,
  FieldHandler,
  Handler,
  Observer,
  ReconcileOptions,
  TaskHandler,
  Where,
} from './declare/builder.ts'
export { ABSENT, all, any, none, not, PRESENT } from './handlers/options.ts'
export type {
  Candidate,
  DaemonOptions,
  DeletionOptions,
  ErrorOptions,
  FieldMatch,
  FieldValue,
  Filters,
  HandlerOptions,
  Match,
  Reason,
  ResumeOptions,
  TimerOptions,
} from './handlers/options.ts'
export type { Diff, Difference } from './handlers/diff.ts'
export type { ChangeContext, SubHandler, SubOptions } from './handlers/handler-context.ts'
export type { TaskContext } from './tasks/live-context.ts'
export { operator } from './operator.ts'
export type { Operator, OperatorOptions } from './operator.ts'
export type { LeaderElection } from './lease/election.ts'
export { LeaseLost } from './lease/held-lease.ts'
export type { HeldLease, LeaseObject, LeaseOptions } from './lease/held-lease.ts'
export { holdLease } from './lease/hold-lease.ts'
export { leaseSightings } from './lease/lease-sightings.ts'
export type { LeaseSightings } from './lease/lease-sightings.ts'
export type { Hook, HookContext, HookOptions, Probe } from './hooks/hooks.ts'
export { EVERYTHING } from './discovery/resources.ts'
export type { Resource, Selector } from './discovery/resources.ts'
export type { DeclareEach } from './discovery/selection.ts'
export type { IndexOptions, IndexValues, ValueIndex } from './cache/value-index.ts'
export { requestMetrics } from './metrics.ts'
export type { Cache, Change, Listener } from './cache/cache.ts'
export { FairGate } from './fair-gate.ts'
export { clipped } from './clip.ts'
export { longestBackoffMs, patientBackoffMs } from './backoff.ts'
export type { Backoff } from './backoff.ts'
export { systemClock, deadline, delay, microTime } from './clock.ts'
export type { Clock, Timer } from './clock.ts'
export { core, apiVersionOf, kindText, pathOf } from './kube/kinds.ts'
export type { Kind, Wire } from './kube/kinds.ts'
export { controllerReference, isControlledBy } from './kube/owner-reference.ts'
export { keyOf, keyText, metaTime, parseKey, secretText } from './kube/objects.ts'
export type {
  Condition,
  ConditionStatus,
  Key,
  KubeObject,
  Manifest,
  ObjectMeta,
  OwnerReference,
} from './kube/objects.ts'
export {
  answerTooLarge,
  KubeError,
  isConflict,
  isTooLarge,
  isGone,
  isNotFound,
} from './kube/errors.ts'
export type {
  ApplyOptions,
  DeleteOptions,
  Kube,
  ListOptions,
  PatchOptions,
  RequestOptions,
  TenantKube,
  WatchEvent,
  WatchOptions,
} from './kube/kube.ts'
export { inClusterCredentials } from './kube/credentials/credentials.ts'
export type { KubeCredentials } from './kube/credentials/credentials.ts'
export { kubeconfigCredentials } from './kube/credentials/kubeconfig.ts'
export { ownClusterCredentials } from './kube/credentials/own-cluster.ts'
export { connectTenant, tenantApi, TenantApiError } from './kube/tenant-api.ts'
export type { TenantApi } from './kube/tenant-api.ts'
export { connect } from './kube/client.ts'
export type { ConnectOptions } from './kube/client.ts'
export type { RequestRecord } from './kube/wire/recorded.ts'
export type { Declare, ProgramOptions, Surroundings } from './run/program.ts'
export { http } from './node-http.ts'
export { webhookServer } from './webhook/server.ts'
export type { WebhookOptions, WebhookServer } from './webhook/server.ts'
export { AdmissionError } from './webhook/reviews.ts'
export type { AdmissionReview, Converter, Mutator, Validator, Verdict } from './webhook/reviews.ts'
export type { AdmissionHandler, AdmissionOptions, AdmissionServing } from './webhook/admission.ts'

// The one door of the framework: a kopf-style operator framework for TypeScript. It knows Kubernetes and
// nothing of CrateKube.
export { settled, again, Retry, Stall } from './controller/outcome.ts'
export type { Outcome } from './controller/outcome.ts'
export { Interrupt } from './controller/interrupt.ts'
export type { InterruptCause } from './controller/interrupt.ts'
export { addFinalizer, hasFinalizer, removeFinalizer } from './controller/finalizer.ts'
export type { Context, StatusPatch, ApplyChildOptions } from './controller/context.ts'
export type {
  ChangeHandler,
  ControllerBuilder,
  DaemonOptions,
  FieldHandler,
  Handler,
  ReconcileOptions,
  TimerOptions,
  Where,
} from './controller/builder.ts'
export { operator } from './operator.ts'
export type { Operator, OperatorOptions } from './operator.ts'
export { LeaseLost } from './lease.ts'
export type { LeaderElection } from './lease.ts'
export { leaseSightings } from './lease-sightings.ts'
export type { LeaseSightings } from './lease-sightings.ts'
export { requestMetrics } from './metrics.ts'
export type { Cache, Change, Listener } from './cache/cache.ts'
export { FairGate } from './fair-gate.ts'
export { clipped } from './clip.ts'
export { systemClock, delay, microTime } from './clock.ts'
export type { Clock, Timer } from './clock.ts'
export { core, apiVersionOf, kindText, pathOf } from './kube/kinds.ts'
export type { Kind, Wire } from './kube/kinds.ts'
export { controllerReference, isControlledBy } from './kube/owner-reference.ts'
export { keyOf, keyText, metaTime, parseKey } from './kube/objects.ts'
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
export { inClusterCredentials } from './kube/credentials.ts'
export type { KubeCredentials } from './kube/credentials.ts'
export { kubeconfigCredentials } from './kube/kubeconfig.ts'
export { ownClusterCredentials } from './kube/own-cluster.ts'
export { connectTenant, tenantApi, TenantApiError } from './kube/tenant-api.ts'
export type { TenantApi } from './kube/tenant-api.ts'
export { connect } from './kube/client.ts'
export type { ConnectOptions } from './kube/client.ts'
export type { RequestRecord } from './kube/recorded.ts'
export { http } from './node-http.ts'
export { webhookServer } from './webhook/server.ts'
export type { WebhookOptions, WebhookServer } from './webhook/server.ts'
export type { AdmissionReview, Converter, Validator, Verdict } from './webhook/reviews.ts'

// The status of a TenantCluster as the operator reports it; only the manager writes it.
import { z } from 'zod'
import { faultSchema } from '../faults/fault.ts'

const conditionSchema = z.object({
  type: z.string(),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string(),
  message: z.string().max(32768),
  lastTransitionTime: z.iso.datetime(),
  observedGeneration: z.int().optional(),
})

export const operationKinds = ['Create', 'Update', 'Delete'] as const
export const operationSteps = [
  'Queued',
  'Preflight',
  'Plan',
  'Network',
  'ControlPlane',
  'Nodes',
  'Storage',
  'AddOns',
  'Verify',
  'Drain',
  'Destroy',
  'Sweep',
] as const

export const workerSteps = z.enum(operationSteps).exclude(['Queued', 'Verify'])

const operationSchema = z.object({
  id: z.string().describe('Unique id of the operation.'),
  kind: z.enum(operationKinds).describe('What the operation does.'),
  generation: z.int().describe('The generation of the spec it began with.'),
  step: z.enum(operationSteps).describe('What it is doing now.'),
  message: z.string().optional().describe('The latest progress in words.'),
  startedAt: z.iso.datetime(),
  heartbeatAt: z.iso.datetime().optional().describe('When the worker was last heard of.'),
  etaSeconds: z.int().optional().describe('Seconds left, by the history of earlier operations.'),
  attempt: z.int().describe('How many times it was tried.'),
  fence: z
    .int()
    .optional()
    .describe('The number of the lease under which it runs; a higher one ends it.'),
  resources: z
    .object({ done: z.int(), total: z.int() })
    .optional()
    .describe('Resources of the cloud and of Kubernetes settled, of those planned.'),
})

const historySchema = z.object({
  id: z.string(),
  kind: z.enum(operationKinds),
  generation: z.int(),
  result: z.enum(['Succeeded', 'Failed', 'Cancelled']),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  message: z.string().optional(),
})

export const remainingSchema = z.object({
  type: z.string().describe('Kind of the resource in the words of the provider.'),
  id: z.string().describe('Its id.'),
  reason: z.string().optional().describe('Why it is still there.'),
})

export const tenantClusterStatusSchema = z.object({
  observedGeneration: z.int().optional(),
  lastHandledReconcileAt: z
    .string()
    .optional()
    .describe('Echo of the annotation reconcile.fluxcd.io/requestedAt.'),
  conditions: z
    .array(conditionSchema)
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['type'] }),
  physicalName: z.string().optional().describe('Name of the cluster in the cloud.'),
  account: z
    .string()
    .optional()
    .describe(
      'The account in the cloud that the cluster is in; credentials of another are refused.',
    ),
  adopted: z
    .string()
    .optional()
    .describe(
      'The uid in spec.adopt, once the cluster was taken over: names and tags of everything in the cloud have it.',
    ),
  endpoint: z.string().optional().describe('URL of the cluster’s API server.'),
  certificateAuthority: z
    .string()
    .optional()
    .describe('PEM of the CA of the API server, base64, as in a kubeconfig.'),
  kubernetes: z
    .object({ version: z.string().describe('Version that the API server reports.') })
    .optional(),
  nodes: z.string().optional().describe('Ready nodes of those desired, such as 3/3.'),
  nodePools: z
    .array(
      z.object({
        name: z.string(),
        desired: z.int(),
        ready: z.int(),
        version: z.string().optional(),
      }),
    )
    .optional()
    .meta({ 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['name'] }),
  kubeconfigSecretRef: z
    .object({
      name: z.string(),
      key: z.string(),
      expiresAt: z.iso.datetime().optional(),
      refreshedAt: z.iso.datetime().optional(),
    })
    .optional(),
  stacks: z
    .object({ cloud: z.string(), addons: z.string() })
    .optional()
    .describe('Names of the Pulumi stacks of the cluster.'),
  appliedGeneration: z
    .int()
    .optional()
    .describe('Generation of the spec that was last applied in full.'),
  operation: operationSchema.optional().describe('The operation that is under way.'),
  lastError: faultSchema
    .optional()
    .describe('Why the last attempt failed; absent once one succeeds.'),
  retry: z
    .object({
      generation: z.int().describe('The generation of the spec that failed.'),
      attempts: z.int().describe('Failed attempts in a row.'),
      at: z.iso
        .datetime()
        .optional()
        .describe('When the next attempt begins; absent when it waits for a person.'),
    })
    .optional()
    .describe('Present after a failure, until an operation succeeds.'),
  credentialsVersion: z
    .string()
    .optional()
    .describe('resourceVersion of the credentials Secret that the last operation used.'),
  heldSecrets: z
    .array(z.string())
    .optional()
    .describe(
      'Secrets that are kept from deletion by the finalizer cratekube.io/credentials until nothing is left to delete in the cloud: that of credentialsRef of the provider, and one before it until an operation has ended with the new one.',
    ),
  timings: z
    .object({
      requestedAt: z.iso.datetime().optional(),
      readyAt: z.iso.datetime().optional(),
      timeToReadySeconds: z.number().optional(),
    })
    .optional(),
  history: z
    .array(historySchema)
    .max(5)
    .optional()
    .describe('The last five operations, newest first.'),
  remaining: z
    .array(remainingSchema)
    .optional()
    .describe('While deleting: what is still there, and why.'),
})

export type TenantClusterStatus = z.infer<typeof tenantClusterStatusSchema>
export type Operation = NonNullable<TenantClusterStatus['operation']>
export type HistoryEntry = NonNullable<TenantClusterStatus['history']>[number]
export type Remaining = NonNullable<TenantClusterStatus['remaining']>[number]
export type OperationKind = (typeof operationKinds)[number]
export type OperationStep = (typeof operationSteps)[number]
/** A worker says where it is; that it waits or is measured only the manager says, who decides by it. */
export type WorkerStep = (typeof workerSteps.options)[number]

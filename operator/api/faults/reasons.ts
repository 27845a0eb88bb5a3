// Every reason a condition of a TenantCluster may show and every fault code an operation may end with:
// what it means, whether the controller tries again by itself, and what a person does about it.
import type { AddonCondition } from '../../addons/contract.ts'
import { addonReasons, addons } from '../../addons/index.ts'
import { providerFaultCodes } from '../providers.ts'
import type { Fault } from './fault.ts'
import { retry, nothingToDo, stall, wait, type ReasonEntry } from './reason.ts'
import type { OperationStep } from '../tenant/tenant-cluster-status.ts'

const titles = new Intl.ListFormat('en').format(addons.map(({ title }) => title))

const ownReasons = {
  Ready: nothingToDo('The cluster is as the spec says, measured from outside.'),
  Provisioned: nothingToDo(
    'The resources in the cloud were created or updated by the last operation.',
  ),
  Available: nothingToDo('What the condition is about was observed to work.'),
  NotConfigured: nothingToDo('The spec does not ask for it, or for no node that would take it.'),
  Queued: wait('The operation waits for a worker.', 'Nothing; add workers if it waits long.'),
  CheckingPreconditions: wait('Credentials and the spec are checked against the cloud.'),
  Planning: wait('The changes to make are worked out.'),
  ProvisioningNetwork: wait('Networks, subnets, routes and gateways are being made.'),
  ProvisioningControlPlane: wait('The control plane is being made or changed.'),
  ProvisioningNodes: wait('Node pools are being made or changed.'),
  ProvisioningStorage: wait('The file system of AutoFS is being made.'),
  InstallingAddOns: wait(`What the spec asks for is being installed: ${titles}.`),
  Verifying: wait('The operation is done; the cluster is measured until it is healthy.'),
  Draining: wait('Load balancers and volumes made from inside the cluster are being removed.'),
  Destroying: wait('The stacks are being destroyed.'),
  Sweeping: wait('The cloud is searched for anything left with the tags of the cluster.'),
  QueueUnavailable: wait(
    'Redis does not answer or refuses to write, so that no operation can be handed to a worker.',
    'Read the message, which has the words of Redis; operations go on by themselves once it writes again.',
  ),
  Suspended: wait('spec.suspend is true.', 'Set spec.suspend to false to go on.'),
  NotProvisioned: wait('The first operation has not finished.'),
  ControlPlaneNotReady: wait('The API server does not run the version that the spec asks for yet.'),
  NodesNotReady: wait(
    'Fewer nodes are Ready than the node pools ask for.',
    'Nothing for a few minutes; then `kubectl describe nodes` in the cluster.',
  ),
  APIUnreachable: wait(
    'The API server of the cluster has not answered for 50 seconds; nothing is re-created.',
    'Check the network path from the management cluster, the ranges that the provider lets in, and the state of the cluster in the cloud.',
  ),
  AnswerTooLarge: wait(
    'The API server of the cluster answers with more than CrateKube reads of it; nothing is re-created.',
    'Look for objects of unusual size or number in the cluster, among its Nodes above all.',
  ),
  Unknown: wait('It cannot be measured while the API server does not answer.'),
  EndpointUnusable: retry(
    'status.endpoint or status.certificateAuthority is not what an operation writes there, so that the cluster cannot be measured.',
    'Ask for a reconcile by the annotation reconcile.fluxcd.io/requestedAt: the operation writes them again.',
  ),
  NotOwned: retry(
    'An object of the name that CrateKube needs is there already and is not its own, such as the kubeconfig Secret.',
    'Delete or rename the object that the message names; work goes on by itself.',
  ),
  DeadlineExceeded: retry(
    'A look at the cluster took longer than a minute.',
    'Nothing at first; see the log of the manager when it lasts.',
  ),
  Error: retry(
    'The manager failed, most often because the management cluster refused or did not answer.',
    'Read the message; the log of the manager has the whole story.',
  ),
} satisfies Record<string, ReasonEntry>

/** Reasons of conditions. */
export const conditionReasons: Readonly<Record<string, ReasonEntry>> = {
  ...ownReasons,
  ...ofAddons(addonReasons(addons)),
}

/** Codes of faults; they become the reason of Ready and the code of status.lastError. */
export const faultCodes = {
  InvalidSpec: stall(
    'A field of the spec cannot work.',
    'Change the field that the message names.',
  ),
  CredentialsMissing: retry(
    'The Secret that credentialsRef of the provider names does not exist or lacks a key.',
    'Create the Secret with the keys that the message names; work begins by itself.',
  ),
  CredentialsInvalid: stall(
    'The cloud refused the credentials; it may do so in a region that the account has not enabled, too.',
    'Put working credentials into the Secret, or make these work; tried again by itself within minutes.',
  ),
  CredentialsExpired: retry(
    'The session that the credentials are of has ended, perhaps in the middle of an operation.',
    'Renew the session in the Secret; what was begun goes on by itself.',
  ),
  ClockSkew: retry(
    'The clock of the worker is not that of the cloud, which refuses what is signed by it.',
    'Set the clock of the node that the worker runs on, by NTP.',
  ),
  StackNameClash: stall(
    'The Pulumi stack of that name belongs to another TenantCluster.',
    'Set spec.adopt.uid to the uid that the message names to take the cluster over, or give the TenantCluster another name.',
  ),
  StackLost: stall(
    'The Pulumi stack of a cluster that was made is gone, and the cluster is there; nothing is made.',
    'Restore the stack, or set spec.adopt.uid to metadata.uid of the TenantCluster itself to have it made anew from what is there.',
  ),
  AdoptionDiffers: stall(
    'The cluster that spec.adopt names differs from the spec; nothing is changed, and it is not taken over.',
    'Make the spec what the message says is there, under the release of CrateKube that made it; change it once it is taken over.',
  ),
  NothingToAdopt: stall(
    'Nothing is found of the cluster that spec.adopt names, neither a stack nor anything in the cloud; nothing is made.',
    'Correct spec.adopt.uid, the region or the credentials, or remove spec.adopt to have a new cluster made.',
  ),
  AdoptionRefused: stall(
    'The cluster that spec.adopt names is that of another TenantCluster; nothing of it is touched.',
    'Correct spec.adopt.uid, or give the TenantCluster the namespace and name that the message names.',
  ),
  DeletionProtected: stall(
    'It is being deleted while spec.deletionProtection is true; nothing is removed.',
    'Set spec.deletionProtection to false to let the deletion go on; a deletion cannot be taken back.',
  ),
  AccountMismatch: stall(
    'The credentials are of another account than the cluster; nothing is touched in either.',
    'Put credentials of the account that the message names into the Secret; work goes on by itself.',
  ),
  ClusterLost: stall(
    'The cluster was deleted in the cloud, perhaps replaced by another of its name; nothing is made anew.',
    'Agree to an empty cluster by the annotation cratekube.io/recreate-cluster as the message of status.lastError says, or delete the TenantCluster.',
  ),
  ...providerFaultCodes,
  AlreadyExists: retry(
    'Something of the name that CrateKube needs is there already.',
    'Delete what the message names, if nobody needs it; work goes on by itself.',
  ),
  ConcurrentUpdate: retry(
    'Another run holds the lock of the stack, or what it began in the cloud was still under way.',
    'Nothing; it is tried again when that has ended.',
  ),
  StateUnavailable: retry(
    'The worker cannot read or write the state of the stacks: a full or read-only volume, or no access.',
    'Make room on the volume or bucket that the message names, or give the worker access to it.',
  ),
  StateDamaged: stall(
    'The checkpoint of a stack cannot be read; deletion needs none and goes on by the sweep.',
    'Put the newest backup in the place of the file and ask for a reconcile.',
  ),
  WrongPassphrase: stall(
    'The state cannot be decrypted with the passphrase of the worker.',
    'Give the worker the passphrase that the stack was made with.',
  ),
  ResourceProtected: stall(
    'A resource is protected in the stack.',
    'Remove the protection of the resource that the message names.',
  ),
  UnsupportedBackend: stall(
    'The engine of the worker cannot keep state there.',
    'Install the official Pulumi CLI in the worker, or use a file:// backend.',
  ),
  PluginMissing: retry(
    'The image of the worker lacks a plugin of Pulumi that the programs or the stack need.',
    'Run the worker from an image that has the plugins of its release; work goes on by itself.',
  ),
  EngineMissing: stall(
    'The worker has no official Pulumi CLI that it can use.',
    'Run the worker from an image that has the official Pulumi CLI; for a trial without one set CRATEKUBE_ENGINE to embedded.',
  ),
  Unreachable: retry('A service did not answer.', 'Nothing; it is tried again.'),
  InvalidInput: stall(
    'The cloud does not take a value.',
    'Correct the value that the message names.',
  ),
  ProgramError: stall('The Pulumi program broke.', 'Report it as a bug of CrateKube.'),
  RunnerCrashed: retry(
    'The process that ran the operation ended unexpectedly.',
    'Nothing at first; see the log of the worker when it keeps failing.',
  ),
  ResourcesRemain: retry(
    'The stacks are destroyed but the cloud still holds resources with the tags of the cluster.',
    'Nothing at first; status.remaining lists what is left and why.',
  ),
  OperationFailed: retry(
    'The operation failed for a reason CrateKube does not know.',
    'Read the message; the log of the worker has the whole story under the id of the operation.',
  ),
  OutcomeRefused: retry(
    'What a worker left as the outcome of the operation cannot be: it is of another tenant, operation or place.',
    'See that all managers and workers are of one version; then look for who else writes Leases in the namespace of CrateKube.',
  ),
  WorkerStopped: retry(
    'The worker was shut down in the middle of the operation.',
    'Nothing; another worker takes over.',
  ),
} satisfies Record<string, ReasonEntry>

function ofAddons(reasons: ReturnType<typeof addonReasons>): Record<string, ReasonEntry> {
  const entries = Object.entries(reasons).map(
    ([name, { summary, advice }]): [string, ReasonEntry] => [name, wait(summary, advice)],
  )
  return Object.fromEntries(entries)
}

export type ConditionReason = keyof typeof ownReasons | AddonCondition['reason']

/** The reason of Ready while an operation is in a step. */
export const stepReasons = {
  Queued: 'Queued',
  Preflight: 'CheckingPreconditions',
  Plan: 'Planning',
  Network: 'ProvisioningNetwork',
  ControlPlane: 'ProvisioningControlPlane',
  Nodes: 'ProvisioningNodes',
  Storage: 'ProvisioningStorage',
  AddOns: 'InstallingAddOns',
  Verify: 'Verifying',
  Drain: 'Draining',
  Destroy: 'Destroying',
  Sweep: 'Sweeping',
} as const satisfies Record<OperationStep, ConditionReason>

/** A condition's reason holds letters, digits, `_`, `,` and `:` only; fault codes have dots. */
export const reasonOf = (code: string) => code.replaceAll('.', '')

/** The fault with the advice of the catalogue where the fault itself brings none. */
export function withAdvice(fault: Fault): Fault {
  const known = (faultCodes as Record<string, ReasonEntry>)[fault.code] // widened: codes come from outside
  return fault.action === undefined && known ? { ...fault, action: known.advice } : fault
}

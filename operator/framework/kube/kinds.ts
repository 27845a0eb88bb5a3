// A Kind says where objects of one type live in the API and, for the compiler, what they look like.
// The ready-made kinds take their types from client-node; nothing of it is loaded at run time.
import type * as k8s from '@kubernetes/client-node'

export type Kind<Spec = unknown, Status = unknown, Rest = unknown> = {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** Never set; carries the types. */
  readonly __types?: [Spec, Status, Rest]
}

/** client-node's models with dates as they are on the wire. */
export type Wire<T> = T extends Date
  ? string
  : T extends (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Field in keyof T]: Wire<T[Field]> }
      : T

type None = undefined

const kind =
  (group: string, version: string, namespaced = true) =>
  <Spec = None, Status = None, Rest = unknown>(
    name: string,
    plural = `${name.toLowerCase()}s`,
  ): Kind<Spec, Status, Rest> => ({ group, version, kind: name, plural, namespaced })

const v1 = kind('', 'v1')
const v1Cluster = kind('', 'v1', false)
const apps = kind('apps', 'v1')
const rbac = kind('rbac.authorization.k8s.io', 'v1')
const rbacCluster = kind('rbac.authorization.k8s.io', 'v1', false)
const admission = kind('admissionregistration.k8s.io', 'v1', false)

type Data = Wire<{ data?: Record<string, string>; immutable?: boolean }>
type Fields<Model, Name extends keyof Model> = Wire<Pick<Model, Name>>

export const core = {
  secret: v1<None, None, Data & { type?: string; stringData?: Record<string, string> }>('Secret'),
  configMap: v1<None, None, Data & { binaryData?: Record<string, string> }>('ConfigMap'),
  pod: v1<Wire<k8s.V1PodSpec>, Wire<k8s.V1PodStatus>>('Pod'),
  service: v1<Wire<k8s.V1ServiceSpec>, Wire<k8s.V1ServiceStatus>>('Service'),
  serviceAccount: v1('ServiceAccount'),
  persistentVolumeClaim: v1<
    Wire<k8s.V1PersistentVolumeClaimSpec>,
    Wire<k8s.V1PersistentVolumeClaimStatus>
  >('PersistentVolumeClaim'),
  resourceQuota: v1<Wire<k8s.V1ResourceQuotaSpec>, Wire<k8s.V1ResourceQuotaStatus>>(
    'ResourceQuota',
  ),
  limitRange: v1<Wire<k8s.V1LimitRangeSpec>>('LimitRange'),
  node: v1Cluster<Wire<k8s.V1NodeSpec>, Wire<k8s.V1NodeStatus>>('Node'),
  namespace: v1Cluster<Wire<k8s.V1NamespaceSpec>, Wire<k8s.V1NamespaceStatus>>('Namespace'),
  persistentVolume: v1Cluster<Wire<k8s.V1PersistentVolumeSpec>, Wire<k8s.V1PersistentVolumeStatus>>(
    'PersistentVolume',
  ),
  event: kind(
    'events.k8s.io',
    'v1',
  )<None, None, Omit<Wire<k8s.EventsV1Event>, 'metadata' | 'apiVersion' | 'kind'>>('Event'),
  job: kind('batch', 'v1')<Wire<k8s.V1JobSpec>, Wire<k8s.V1JobStatus>>('Job'),
  cronJob: kind('batch', 'v1')<Wire<k8s.V1CronJobSpec>, Wire<k8s.V1CronJobStatus>>('CronJob'),
  deployment: apps<Wire<k8s.V1DeploymentSpec>, Wire<k8s.V1DeploymentStatus>>('Deployment'),
  daemonSet: apps<Wire<k8s.V1DaemonSetSpec>, Wire<k8s.V1DaemonSetStatus>>('DaemonSet'),
  statefulSet: apps<Wire<k8s.V1StatefulSetSpec>, Wire<k8s.V1StatefulSetStatus>>('StatefulSet'),
  replicaSet: apps<Wire<k8s.V1ReplicaSetSpec>, Wire<k8s.V1ReplicaSetStatus>>('ReplicaSet'),
  podDisruptionBudget: kind(
    'policy',
    'v1',
  )<Wire<k8s.V1PodDisruptionBudgetSpec>, Wire<k8s.V1PodDisruptionBudgetStatus>>(
    'PodDisruptionBudget',
  ),
  networkPolicy: kind('networking.k8s.io', 'v1')<Wire<k8s.V1NetworkPolicySpec>>(
    'NetworkPolicy',
    'networkpolicies',
  ),
  lease: kind('coordination.k8s.io', 'v1')<Wire<k8s.V1LeaseSpec>>('Lease'),
  role: rbac<None, None, Fields<k8s.V1Role, 'rules'>>('Role'),
  roleBinding: rbac<None, None, Fields<k8s.V1RoleBinding, 'roleRef' | 'subjects'>>('RoleBinding'),
  clusterRole: rbacCluster<None, None, Fields<k8s.V1ClusterRole, 'rules'>>('ClusterRole'),
  clusterRoleBinding: rbacCluster<
    None,
    None,
    Fields<k8s.V1ClusterRoleBinding, 'roleRef' | 'subjects'>
  >('ClusterRoleBinding'),
  storageClass: kind(
    'storage.k8s.io',
    'v1',
    false,
  )<None, None, Omit<Wire<k8s.V1StorageClass>, 'metadata' | 'apiVersion' | 'kind'>>(
    'StorageClass',
    'storageclasses',
  ),
  crd: kind(
    'apiextensions.k8s.io',
    'v1',
    false,
  )<Wire<k8s.V1CustomResourceDefinitionSpec>, Wire<k8s.V1CustomResourceDefinitionStatus>>(
    'CustomResourceDefinition',
  ),
  validatingWebhookConfiguration: admission<
    None,
    None,
    Fields<k8s.V1ValidatingWebhookConfiguration, 'webhooks'>
  >('ValidatingWebhookConfiguration'),
  mutatingWebhookConfiguration: admission<
    None,
    None,
    Fields<k8s.V1MutatingWebhookConfiguration, 'webhooks'>
  >('MutatingWebhookConfiguration'),
  validatingAdmissionPolicy: admission<Wire<k8s.V1ValidatingAdmissionPolicySpec>>(
    'ValidatingAdmissionPolicy',
    'validatingadmissionpolicies',
  ),
  validatingAdmissionPolicyBinding: admission<Wire<k8s.V1ValidatingAdmissionPolicyBindingSpec>>(
    'ValidatingAdmissionPolicyBinding',
  ),
} as const

export const apiVersionOf = (kind: Kind): string =>
  kind.group ? `${kind.group}/${kind.version}` : kind.version

export const kindText = (kind: Kind): string =>
  kind.group ? `${kind.plural}.${kind.group}` : kind.plural

/** Path of a collection, or of one object when a name is given. */
export function pathOf(
  kind: Kind,
  at: { namespace?: string | undefined; name?: string; subresource?: string | undefined } = {},
): string {
  const parts = [kind.group ? `/apis/${kind.group}/${kind.version}` : `/api/${kind.version}`]
  if (kind.namespaced && at.namespace) parts.push('namespaces', encodeURIComponent(at.namespace))
  parts.push(kind.plural)
  if (at.name) parts.push(encodeURIComponent(at.name))
  if (at.subresource) parts.push(at.subresource)
  return parts.join('/')
}

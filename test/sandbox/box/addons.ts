// The EKS add-ons that make nodes and Services work: vpc-cni and kube-proxy belong to each node, CoreDNS is a Deployment.
// Without them a cluster behaves as on AWS: nodes stay NotReady, Services lead nowhere, names do not resolve.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ApiClient } from '../kubernetes/api-client.ts'
import { addressIn } from '../kubernetes/control-plane-flags.ts'
import { cniConflist } from './config.ts'
import { kubeProxyFlag } from './spec.ts'

export const corednsImage = 'registry.k8s.io/coredns/coredns:v1.14.7'

/** Puts the node's share of the cluster's add-ons into its /etc, where kubelet and box-init look for it. */
export async function writeNodeAddons(
  etcDir: string,
  nodeIndex: number,
  addons: readonly string[],
): Promise<void> {
  const files = {
    'vpc-cni': [join(etcDir, 'cni/net.d/10-cratekube.conflist'), cniConflist(nodeIndex)],
    'kube-proxy': [join(etcDir, '..', kubeProxyFlag), ''],
  } as const
  for (const [addon, [path, text]] of Object.entries(files)) {
    await mkdir(dirname(path), { recursive: true })
    if (addons.includes(addon)) await writeFile(path, text)
    else await rm(path, { force: true })
  }
}

type Manifest = { readonly path: string; readonly object: object }

export async function installCoredns(client: ApiClient, serviceCidr: string): Promise<void> {
  for (const { path, object } of corednsManifests(serviceCidr)) await client.apply(path, object)
}

export async function removeCoredns(client: ApiClient, serviceCidr: string): Promise<void> {
  for (const { path } of corednsManifests(serviceCidr).reverse()) await client.delete(path)
}

export function corednsManifests(serviceCidr: string): Manifest[] {
  const inSystem = { name: 'coredns', namespace: 'kube-system' }
  const core = '/api/v1/namespaces/kube-system'
  const rbac = '/apis/rbac.authorization.k8s.io/v1'
  return [
    {
      path: `${core}/serviceaccounts/coredns`,
      object: { apiVersion: 'v1', kind: 'ServiceAccount', metadata: inSystem },
    },
    { path: `${rbac}/clusterroles/system:coredns`, object: clusterRole() },
    { path: `${rbac}/clusterrolebindings/system:coredns`, object: clusterRoleBinding() },
    {
      path: `${core}/configmaps/coredns`,
      object: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: inSystem,
        data: { Corefile: corefile },
      },
    },
    { path: `${core}/services/kube-dns`, object: service(addressIn(serviceCidr, 10)) },
    { path: `/apis/apps/v1/namespaces/kube-system/deployments/coredns`, object: deployment() },
  ]
}

/** Nothing is forwarded: outside the cluster there is nobody to ask. */
const corefile = `.:53 {
    errors
    health
    ready
    kubernetes cluster.local in-addr.arpa {
       ttl 5
    }
    prometheus :9153
    cache 5
    loadbalance
}
`

function clusterRole(): object {
  const verbs = ['list', 'watch']
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRole',
    metadata: { name: 'system:coredns' },
    rules: [
      { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs },
      { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs },
    ],
  }
}

function clusterRoleBinding(): object {
  return {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: 'system:coredns' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
    subjects: [{ kind: 'ServiceAccount', name: 'coredns', namespace: 'kube-system' }],
  }
}

function service(clusterIP: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
    spec: {
      clusterIP,
      selector: { 'k8s-app': 'kube-dns' },
      ports: [
        { name: 'dns', port: 53, protocol: 'UDP' },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      ],
    },
  }
}

function deployment(): object {
  const labels = { 'k8s-app': 'kube-dns' }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'coredns', namespace: 'kube-system', labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: 'coredns',
          priorityClassName: 'system-cluster-critical',
          dnsPolicy: 'Default',
          // As on EKS: system pods go where the user's taints would keep others away.
          tolerations: [{ operator: 'Exists' }],
          containers: [corednsContainer()],
          volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
        },
      },
    },
  }
}

function corednsContainer(): object {
  return {
    name: 'coredns',
    image: corednsImage,
    imagePullPolicy: 'IfNotPresent',
    args: ['-conf', '/etc/coredns/Corefile'],
    ports: [
      { containerPort: 53, protocol: 'UDP', name: 'dns' },
      { containerPort: 53, protocol: 'TCP', name: 'dns-tcp' },
    ],
    readinessProbe: { httpGet: { path: '/ready', port: 8181 }, periodSeconds: 1 },
    resources: { requests: { cpu: '50m', memory: '32Mi' }, limits: { memory: '170Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
  }
}

// The routes of the EKS API: method and path to operation. Paths are matched as sent, since ARNs in them come percent-encoded.
import { jsonReply } from '../call.ts'
import type { Reply } from '../call.ts'
import {
  createAccessEntry,
  deleteAccessEntry,
  describeAccessEntry,
  listAccessEntries,
  updateAccessEntry,
} from './access/access.ts'
import {
  associateAccessPolicy,
  disassociateAccessPolicy,
  listAccessPolicies,
  listAssociatedAccessPolicies,
} from './access/access-policies.ts'
import {
  createAddon,
  deleteAddon,
  describeAddon,
  describeAddonVersions,
  listAddons,
  updateAddon,
} from './addons/addons.ts'
import { createCluster, deleteCluster, describeCluster, listClusters } from './clusters/clusters.ts'
import {
  associateEncryptionConfig,
  updateClusterConfig,
  updateClusterVersion,
} from './clusters/cluster-updates.ts'
import {
  createNodegroup,
  deleteNodegroup,
  describeNodegroup,
  listNodegroups,
} from './node-groups/node-groups.ts'
import { updateNodegroupConfig, updateNodegroupVersion } from './node-groups/node-group-updates.ts'
import {
  createPodIdentityAssociation,
  deletePodIdentityAssociation,
  describePodIdentityAssociation,
  listPodIdentityAssociations,
  updatePodIdentityAssociation,
} from './access/pod-identity.ts'
import type { EksCall, Handler } from './service.ts'
import { listTagsForResource, tagResource, untagResource } from './tags.ts'
import { describeUpdate, listUpdates } from './updates.ts'
import { describeClusterVersions } from './clusters/versions.ts'

type Route = { method: string; segments: string[]; operation: string; handler: Handler }

export type EksRoute = {
  operation: string
  params: Record<string, string>
  run(c: Omit<EksCall, 'params'>): Promise<Reply>
}

const cluster = '/clusters/{name}'
const groups = `${cluster}/node-groups`
const entries = `${cluster}/access-entries`
const identities = `${cluster}/pod-identity-associations`

const table: [method: string, path: string, operation: string, handler: Handler][] = [
  ['POST', '/clusters', 'CreateCluster', createCluster],
  ['GET', '/clusters', 'ListClusters', listClusters],
  ['GET', cluster, 'DescribeCluster', describeCluster],
  ['DELETE', cluster, 'DeleteCluster', deleteCluster],
  ['POST', `${cluster}/update-config`, 'UpdateClusterConfig', updateClusterConfig],
  ['POST', `${cluster}/updates`, 'UpdateClusterVersion', updateClusterVersion],
  ['GET', `${cluster}/updates`, 'ListUpdates', listUpdates],
  ['GET', `${cluster}/updates/{update}`, 'DescribeUpdate', describeUpdate],
  [
    'POST',
    `${cluster}/encryption-config/associate`,
    'AssociateEncryptionConfig',
    associateEncryptionConfig,
  ],
  ['GET', '/cluster-versions', 'DescribeClusterVersions', describeClusterVersions],
  ['POST', groups, 'CreateNodegroup', createNodegroup],
  ['GET', groups, 'ListNodegroups', listNodegroups],
  ['GET', `${groups}/{nodegroup}`, 'DescribeNodegroup', describeNodegroup],
  ['DELETE', `${groups}/{nodegroup}`, 'DeleteNodegroup', deleteNodegroup],
  ['POST', `${groups}/{nodegroup}/update-config`, 'UpdateNodegroupConfig', updateNodegroupConfig],
  [
    'POST',
    `${groups}/{nodegroup}/update-version`,
    'UpdateNodegroupVersion',
    updateNodegroupVersion,
  ],
  ['POST', `${cluster}/addons`, 'CreateAddon', createAddon],
  ['GET', `${cluster}/addons`, 'ListAddons', listAddons],
  ['GET', `${cluster}/addons/{addon}`, 'DescribeAddon', describeAddon],
  ['DELETE', `${cluster}/addons/{addon}`, 'DeleteAddon', deleteAddon],
  ['POST', `${cluster}/addons/{addon}/update`, 'UpdateAddon', updateAddon],
  ['GET', '/addons/supported-versions', 'DescribeAddonVersions', describeAddonVersions],
  ['POST', entries, 'CreateAccessEntry', createAccessEntry],
  ['GET', entries, 'ListAccessEntries', listAccessEntries],
  ['GET', `${entries}/{principal}`, 'DescribeAccessEntry', describeAccessEntry],
  ['POST', `${entries}/{principal}`, 'UpdateAccessEntry', updateAccessEntry],
  ['DELETE', `${entries}/{principal}`, 'DeleteAccessEntry', deleteAccessEntry],
  [
    'POST',
    `${entries}/{principal}/access-policies`,
    'AssociateAccessPolicy',
    associateAccessPolicy,
  ],
  [
    'GET',
    `${entries}/{principal}/access-policies`,
    'ListAssociatedAccessPolicies',
    listAssociatedAccessPolicies,
  ],
  [
    'DELETE',
    `${entries}/{principal}/access-policies/{policy}`,
    'DisassociateAccessPolicy',
    disassociateAccessPolicy,
  ],
  ['GET', '/access-policies', 'ListAccessPolicies', listAccessPolicies],
  ['POST', identities, 'CreatePodIdentityAssociation', createPodIdentityAssociation],
  ['GET', identities, 'ListPodIdentityAssociations', listPodIdentityAssociations],
  [
    'GET',
    `${identities}/{association}`,
    'DescribePodIdentityAssociation',
    describePodIdentityAssociation,
  ],
  [
    'POST',
    `${identities}/{association}`,
    'UpdatePodIdentityAssociation',
    updatePodIdentityAssociation,
  ],
  [
    'DELETE',
    `${identities}/{association}`,
    'DeletePodIdentityAssociation',
    deletePodIdentityAssociation,
  ],
  ['GET', '/tags/{arn}', 'ListTagsForResource', listTagsForResource],
  ['POST', '/tags/{arn}', 'TagResource', tagResource],
  ['DELETE', '/tags/{arn}', 'UntagResource', untagResource],
]

const routes: Route[] = table.map(([method, path, operation, handler]) => ({
  method,
  segments: path.split('/'),
  operation,
  handler,
}))

export function eksRoute(method: string, path: string): EksRoute | undefined {
  const segments = path.split('/')
  for (const route of routes) {
    if (route.method !== method) continue
    const params = match(route.segments, segments)
    if (params)
      return {
        operation: route.operation,
        params,
        run: async (c) => jsonReply(await route.handler({ ...c, params })),
      }
  }
  return undefined
}

function match(pattern: string[], segments: string[]): Record<string, string> | undefined {
  if (pattern.length !== segments.length) return undefined
  const params: Record<string, string> = {}
  for (const [i, part] of pattern.entries()) {
    const segment = segments[i] ?? ''
    if (part.startsWith('{')) params[part.slice(1, -1)] = decodeURIComponent(segment)
    else if (part !== segment) return undefined
  }
  return params
}

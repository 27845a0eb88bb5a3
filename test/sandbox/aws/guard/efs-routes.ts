// The operation behind a path of the EFS API: faults, rate limits and the call log speak of operations.
import type { Call } from '../call.ts'

const table: [method: string, path: RegExp, operation: string][] = [
  ['POST', /^\/file-systems$/, 'CreateFileSystem'],
  ['GET', /^\/file-systems$/, 'DescribeFileSystems'],
  ['PUT', /^\/file-systems\/[^/]+$/, 'UpdateFileSystem'],
  ['DELETE', /^\/file-systems\/[^/]+$/, 'DeleteFileSystem'],
  ['PUT', /^\/file-systems\/[^/]+\/lifecycle-configuration$/, 'PutLifecycleConfiguration'],
  ['GET', /^\/file-systems\/[^/]+\/lifecycle-configuration$/, 'DescribeLifecycleConfiguration'],
  ['PUT', /^\/file-systems\/[^/]+\/policy$/, 'PutFileSystemPolicy'],
  ['GET', /^\/file-systems\/[^/]+\/policy$/, 'DescribeFileSystemPolicy'],
  ['DELETE', /^\/file-systems\/[^/]+\/policy$/, 'DeleteFileSystemPolicy'],
  ['PUT', /^\/file-systems\/[^/]+\/backup-policy$/, 'PutBackupPolicy'],
  ['GET', /^\/file-systems\/[^/]+\/backup-policy$/, 'DescribeBackupPolicy'],
  ['POST', /^\/mount-targets$/, 'CreateMountTarget'],
  ['GET', /^\/mount-targets$/, 'DescribeMountTargets'],
  ['DELETE', /^\/mount-targets\/[^/]+$/, 'DeleteMountTarget'],
  ['GET', /^\/mount-targets\/[^/]+\/security-groups$/, 'DescribeMountTargetSecurityGroups'],
  ['PUT', /^\/mount-targets\/[^/]+\/security-groups$/, 'ModifyMountTargetSecurityGroups'],
  ['POST', /^\/access-points$/, 'CreateAccessPoint'],
  ['GET', /^\/access-points$/, 'DescribeAccessPoints'],
  ['DELETE', /^\/access-points\/[^/]+$/, 'DeleteAccessPoint'],
  ['GET', /^\/resource-tags\/[^/]+$/, 'ListTagsForResource'],
  ['POST', /^\/resource-tags\/[^/]+$/, 'TagResource'],
  ['DELETE', /^\/resource-tags\/[^/]+$/, 'UntagResource'],
]

export function efsOperation(call: Pick<Call, 'method' | 'path'>): string | undefined {
  const path = call.path.replace(/^\/2015-02-01/, '').replace(/\/$/, '')
  return table.find(([method, pattern]) => method === call.method && pattern.test(path))?.[2]
}

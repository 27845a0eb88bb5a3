// The providers that tests of everything but a provider are played on: one row each.
import type { z } from 'zod'
import { awsManager } from '../../../operator/aws/manager.ts'
import type { ManagerFace, WorkerFace } from '../../../operator/provider/contract.ts'
import { minimalSpec } from '../tenant-cluster.ts'
import { poolLabel, testManager } from './manager.ts'
import { members } from './spec.ts'
import { testWorker } from './worker.ts'

export type Provider = {
  name: string
  /** spec.provider. */
  spec: object
  /** The data of a Secret with credentials. */
  credentials: Record<string, string>
  /** Where that is, in its words. */
  place: string
  manager: ManagerFace
  /** Loaded by those who want it: an SDK takes its time. */
  worker: () => Promise<WorkerFace>
  /** A type of resources of its network. */
  networkType: string
  /** Members of spec.provider, where the CRD of the product has it not. */
  members?: z.ZodRawShape
  /** A change of spec.provider that may be made. */
  edit: object
  /** Labels of a node of the pool `default`. */
  nodeLabels: Record<string, string>
}

export const onAws: Provider = {
  name: 'aws',
  spec: minimalSpec.provider,
  credentials: { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 'secret' },
  place: 'eu-west-1',
  worker: async () => {
    const { awsWorker } = await import('../../../operator/aws/worker.ts')
    return awsWorker({ variables: {} })
  },
  networkType: 'aws:ec2/vpc:Vpc',
  manager: awsManager({ variables: { AWS_ENDPOINT_URL: 'https://aws.invalid' } }),
  edit: { aws: { tags: { a: 'b' } } },
  nodeLabels: { 'eks.amazonaws.com/nodegroup': 'default-0123' },
}

export const providers: readonly Provider[] = [
  onAws,
  {
    name: 'test',
    spec: { test: { place: 'here', credentialsRef: { name: 'aws' } } },
    credentials: { TEST_CLOUD_URL: 'http://127.0.0.1:1', TEST_CLOUD_KEY: 'secret' },
    place: 'here',
    manager: testManager,
    worker: async () => testWorker,
    networkType: 'test:index:Network',
    members,
    edit: { test: { place: 'there' } },
    nodeLabels: { [poolLabel]: 'default' },
  },
]

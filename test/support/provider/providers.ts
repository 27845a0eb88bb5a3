// The providers that tests of everything but a provider are played on: one row each.
import { awsManager } from '../../../operator/aws/manager.ts'
import type { ManagerFace, WorkerFace } from '../../../operator/provider/contract.ts'
import { minimalSpec } from '../tenant-cluster.ts'
import { testManager, testProvider, testWorker } from './test-provider.ts'

export type Provider = {
  name: string
  /** spec.provider. */
  spec: object
  manager: ManagerFace
  /** Loaded by those who want it: an SDK takes its time. */
  worker: () => Promise<WorkerFace>
  /** A type of resources of its network. */
  networkType: string
  /** Labels of a node of the pool `default`. */
  nodeLabels: Record<string, string>
}

export const onAws: Provider = {
  name: 'aws',
  spec: minimalSpec.provider,
  worker: async () => {
    const { awsWorker } = await import('../../../operator/aws/worker.ts')
    return awsWorker({ variables: {} })
  },
  networkType: 'aws:ec2/vpc:Vpc',
  manager: awsManager({ variables: { AWS_ENDPOINT_URL: 'https://aws.invalid' } }),
  nodeLabels: { 'eks.amazonaws.com/nodegroup': 'default-0123' },
}

export const providers: readonly Provider[] = [
  onAws,
  {
    name: 'test',
    spec: testProvider,
    manager: testManager,
    worker: async () => testWorker,
    networkType: 'test:index:Network',
    nodeLabels: { 'test.example/pool': 'default' },
  },
]

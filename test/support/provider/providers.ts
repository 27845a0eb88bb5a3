// The providers that tests of everything but a provider are played on: one row each.
import { awsManager } from '../../../operator/aws/manager.ts'
import type { ManagerFace } from '../../../operator/provider/contract.ts'
import { minimalSpec } from '../tenant-cluster.ts'
import { testManager, testProvider } from './test-provider.ts'

export type Provider = {
  name: string
  /** spec.provider. */
  spec: object
  manager: ManagerFace
  /** Labels of a node of the pool `default`. */
  nodeLabels: Record<string, string>
}

export const onAws: Provider = {
  name: 'aws',
  spec: minimalSpec.provider,
  manager: awsManager({ variables: { AWS_ENDPOINT_URL: 'https://aws.invalid' } }),
  nodeLabels: { 'eks.amazonaws.com/nodegroup': 'default-0123' },
}

export const providers: readonly Provider[] = [
  onAws,
  {
    name: 'test',
    spec: testProvider,
    manager: testManager,
    nodeLabels: { 'test.example/pool': 'default' },
  },
]

// Doubles of the official Pulumi providers, for the embedded engine and for serveProvider. They call the AWS SDK and the
// Kubernetes API for real; only the code between Pulumi and those is ours. The AWS SDK's clients load, and the YAML parser
// is compiled, with `preload` or at their first use.
import type { EngineProvider } from '../../../operator/engine/embedded/provider.ts'
import { awsProvider } from './aws/provider.ts'
import { loadTypes } from './aws/registry.ts'
import { warmUpClients } from './aws/warm-up.ts'
import { eksProvider, loadCluster } from './eks/provider.ts'
import { compileDecoder } from './kubernetes/functions.ts'
import { kubernetesProvider } from './kubernetes/provider.ts'

export const providers: Record<'aws' | 'eks' | 'kubernetes', () => EngineProvider> = {
  aws: () => awsProvider({ env: process.env }),
  eks: () => eksProvider(),
  kubernetes: () => kubernetesProvider({ env: process.env }),
}

export async function preload(): Promise<void> {
  await Promise.all([loadTypes(), loadCluster(), compileDecoder(), warmUpClients()])
}

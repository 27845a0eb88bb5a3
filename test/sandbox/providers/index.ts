// Doubles of the official Pulumi providers, for the embedded engine and for serveProvider. They call the AWS SDK and the
// Kubernetes API for real; only the code between Pulumi and those is ours. The AWS SDK's clients load with `preload` or at
// their first use; they, and the YAML parser, are compiled with `rehearse` or then.
import type { EngineProvider } from '../../../operator/engine/embedded/providers/provider.ts'
import { awsProvider } from './aws/provider.ts'
import { loadTypes } from './aws/registry.ts'
import { rehearseCalls } from './aws/rehearsal.ts'
import { eksProvider, loadCluster } from './eks/provider.ts'
import { compileDecoder } from './kubernetes/functions.ts'
import { kubernetesProvider } from './kubernetes/provider.ts'

export const providers: Record<'aws' | 'eks' | 'kubernetes', () => EngineProvider> = {
  aws: () => awsProvider({ env: process.env }),
  eks: () => eksProvider(),
  kubernetes: () => kubernetesProvider({ env: process.env }),
}

export const preload = () => Promise.all([loadTypes(), loadCluster()])

export const rehearse = () => Promise.all([compileDecoder(), rehearseCalls()])

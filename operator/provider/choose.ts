// The face of the provider that a spec names.
import { InvalidSpec } from '../api/faults/fault.ts'
import { providerOf } from '../api/tenant/provider.ts'
import type { TenantClusterSpec } from '../api/tenant/tenant-cluster.ts'
import type { ProviderSettings } from './contract.ts'

export type Chosen<Face> = (spec: Pick<TenantClusterSpec, 'provider'>) => Face

export function chosen<Face>(faces: Readonly<Record<string, Face>>): Chosen<Face> {
  return (spec) => {
    const { name } = providerOf(spec)
    const face = faces[name]
    if (face) return face
    const expected = `a provider that this release has: ${Object.keys(faces).join(', ')}`
    throw new InvalidSpec({ field: 'spec.provider', expected, got: name })
  }
}

export const made = <Face>(
  makers: Readonly<Record<string, (settings: ProviderSettings) => Face>>,
  settings: ProviderSettings,
): Record<string, Face> =>
  Object.fromEntries(Object.entries(makers).map(([name, make]) => [name, make(settings)]))

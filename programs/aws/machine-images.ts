// What machine image a node pool runs, and what its volumes are called.
import { InvalidSpec } from '../../operator/api/faults/fault.ts'
import type { AwsNodePool } from '../../operator/api/aws/aws-node-pool.ts'
import type { NodePool } from '../../operator/api/tenant/tenant-cluster.ts'

export type PoolOnAws = NodePool & { aws: AwsNodePool }

export type Architecture = 'x86_64' | 'arm64'

/** Graviton's families have a g after the generation (m7g, c6gn, g5g), but a1 has none. */
export const architectureOf = (instanceType: string): Architecture =>
  /^(a1|[a-z]+\d+g[a-z]*)\./.test(instanceType) ? 'arm64' : 'x86_64'

const acceleratorOf = (instanceType: string): 'NVIDIA' | 'NEURON' | undefined => {
  if (/^(g|gr|p)\d/.test(instanceType)) return 'NVIDIA'
  return /^(inf|trn)\d/.test(instanceType) ? 'NEURON' : undefined
}

/** EKS's name for the image; undefined when the pool brings an image of its own. */
export function amiTypeOf(pool: PoolOnAws, field: string): string | undefined {
  if (pool.aws.image.id) return undefined
  const architecture = only(pool, field, 'architecture', architectureOf) ?? 'x86_64'
  const accelerator = only(pool, field, 'kind of accelerator', acceleratorOf)
  return pool.aws.image.family === 'Bottlerocket'
    ? bottlerocket(architecture, accelerator)
    : al2023(architecture, accelerator)
}

function al2023(architecture: Architecture, accelerator: ReturnType<typeof acceleratorOf>) {
  return `AL2023_${architecture === 'arm64' ? 'ARM_64' : 'x86_64'}_${accelerator ?? 'STANDARD'}`
}

/** Bottlerocket's ordinary variant drives the Neuron accelerators too. */
function bottlerocket(architecture: Architecture, accelerator: ReturnType<typeof acceleratorOf>) {
  const plain = `BOTTLEROCKET_${architecture === 'arm64' ? 'ARM_64' : 'x86_64'}`
  return accelerator === 'NVIDIA' ? `${plain}_NVIDIA` : plain
}

function only<T>(
  pool: PoolOnAws,
  field: string,
  what: string,
  of: (instanceType: string) => T,
): T | undefined {
  const [first, ...others] = new Set(pool.aws.instanceTypes.map(of))
  if (others.length > 0) {
    throw new InvalidSpec({
      field: `${field}.aws.instanceTypes`,
      expected: `instance types of one ${what}`,
      got: pool.aws.instanceTypes,
    })
  }
  return first
}

/** Bottlerocket keeps its system on /dev/xvda and everything else on /dev/xvdb. */
export const volumesOf = (pool: PoolOnAws): { deviceName: string; sizeGiB?: number }[] =>
  pool.aws.image.family === 'Bottlerocket'
    ? [{ deviceName: '/dev/xvda' }, { deviceName: '/dev/xvdb', sizeGiB: pool.aws.diskGiB }]
    : [{ deviceName: '/dev/xvda', sizeGiB: pool.aws.diskGiB }]

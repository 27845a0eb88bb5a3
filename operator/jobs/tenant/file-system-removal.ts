// A file system that goes: its maps are taken off the nodes before the cloud takes it away, for a mount of NFS whose server is
// gone hangs, and every pod that looks at it. Called before the cloud stack is brought up; changes nothing itself.
import { probeName, probeNamespace } from '../../addons/autofs/objects.ts'
import { daemonSetCount } from '../../addons/rolled-out.ts'
import { wantsFileSystem, type CloudOutputs } from '../../api/tenant/stack.ts'
import type { TenantClusterSpec } from '../../api/tenant/tenant-cluster.ts'
import { core, delay, KubeError, type Clock, type TenantKube } from '../../framework/index.ts'

/** Whether the cloud stack, which is as its outputs say, will lose its file system to this spec. */
export const losesFileSystem = (spec: TenantClusterSpec, cloud: CloudOutputs | undefined) =>
  cloud?.sharedStorage !== undefined && !wantsFileSystem(spec)

/** A kubelet looks for a changed ConfigMap about once a minute. */
const limitMs = 180_000
const pollMs = 2_000

/**
 * Whether every node serves the maps it was given last. A filer that is down keeps the probe from saying so, and must not
 * keep the change from being made: after the limit the answer is no.
 */
export async function untilMapsServed(
  kube: TenantKube,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
): Promise<boolean> {
  const end = clock.monotonic() + limitMs
  for (;;) {
    const served = await mapsServed(kube, signal).catch((error: unknown) => {
      if (error instanceof KubeError) return false
      throw error
    })
    if (served || clock.monotonic() >= end) return served
    await delay(clock, pollMs, signal)
  }
}

/** The probe's pods are Ready when their node serves the maps of this revision; without AutoFS there is none. */
async function mapsServed(kube: TenantKube, signal: AbortSignal): Promise<boolean> {
  const probe = await kube.get(core.daemonSet, probeName, probeNamespace, { signal })
  if (!probe) return true
  const { ready, desired } = daemonSetCount(probe)
  return ready >= desired
}

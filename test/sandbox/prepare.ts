// Builds and installs everything the sandbox and the tests need, once, with progress: so that neither a test's time limit
// nor the demo's clock runs while a compiler does.
import { motoPython } from './aws/moto-install.ts'
import { ensureImages } from './images/ensure.ts'
import { backendTools, managementTools, type BackendName } from './sandbox.ts'
import { ensureDebianPackages } from './tools/debian.ts'
import { ensureTools, type Progress } from './tools/ensure.ts'

/** For sandboxes of these backends. */
export async function prepareSandbox(
  backends: readonly BackendName[],
  onProgress: Progress,
): Promise<void> {
  await ensureDebianPackages(['redis-server'], onProgress)
  onProgress('preparing moto')
  await motoPython()
  const ofBackends = backends.flatMap((backend) => backendTools[backend])
  const names = new Set([...managementTools, ...ofBackends, 'helm'] as const)
  const tools = await ensureTools([...names], onProgress)
  if (backends.includes('box')) await ensureImages({ tools, onProgress })
}

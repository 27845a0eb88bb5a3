// Builds and installs everything the sandbox and the tests need, once, with progress: so that neither a test's time limit
// nor the demo's clock runs while a compiler does.
import { motoPython } from './aws/moto/moto-install.ts'
import { ensureImages, ensureLayersWithoutTools } from './images/ensure.ts'
import { together } from './machine/together.ts'
import { backendTools, managementTools, type BackendName } from './sandbox.ts'
import type { Progress } from './tools/build.ts'
import type { KubernetesMinor, ToolName } from './tools/catalogue.ts'
import { ensureDebianPackages } from './tools/debian.ts'
import { ensureTools } from './tools/ensure.ts'

/** For sandboxes of these backends; `also` are tools that one of them does not need to start, and minors of Kubernetes. */
export async function prepareSandbox(
  backends: readonly BackendName[],
  onProgress: Progress,
  also: { tools?: readonly ToolName[]; minors?: readonly KubernetesMinor[] } = {},
): Promise<void> {
  const { tools: alsoTools = [], ...versions } = also
  await ensureDebianPackages(['redis-server'], onProgress)
  const withImages = backends.includes('box')
  const ofBackends = backends.flatMap((backend) => backendTools[backend])
  const names = new Set<ToolName>([...managementTools, ...ofBackends, 'helm', ...alsoTools])
  const makeTools = async () => {
    const tools = await ensureTools([...names], onProgress, versions)
    if (withImages) await ensureImages({ tools, onProgress })
  }
  // These wait for downloads, which the compiler does not.
  await together([
    makeTools,
    () => motoPython(onProgress),
    ...(withImages ? [() => ensureLayersWithoutTools(onProgress)] : []),
  ])
}

// Builds and installs everything the sandbox and the tests need, once, with progress: so that neither a test's time limit
// nor the demo's clock runs while a compiler does.
import { motoPython } from './aws/moto-install.ts'
import { boxTools } from './box/backend.ts'
import { ensureImages } from './images/ensure.ts'
import { kwokTools } from './kwok/backend.ts'
import { ensureDebianPackages } from './tools/debian.ts'
import { ensureTools, type Progress } from './tools/ensure.ts'

export async function prepareSandbox(onProgress: Progress): Promise<void> {
  await ensureDebianPackages(['redis-server'], onProgress)
  onProgress('preparing moto')
  await motoPython()
  const names = new Set([...boxTools, ...kwokTools, 'kubectl', 'helm'] as const)
  const tools = await ensureTools([...names], onProgress)
  if (process.getuid?.() === 0) await ensureImages({ tools, onProgress })
}

// The backend by name. The real ones are loaded only when asked for: they need tools that take minutes to build.
import type { ClusterBackend } from './backend.ts'
import { memoryBackend } from './memory-backend.ts'

export async function loadBackend(name: string, root: string): Promise<ClusterBackend> {
  if (name === 'memory') return memoryBackend()
  throw new Error(
    `unknown backend ${name} for ${root}: memory is the only one of this process so far`,
  )
}

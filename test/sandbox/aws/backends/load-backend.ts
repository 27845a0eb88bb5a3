// The backend by name. The real ones are loaded only when asked for: they need tools that take minutes to build.
import type { ClusterBackend } from './backend.ts'
import { memoryBackend } from './memory-backend.ts'

export async function loadBackend(name: string, root: string): Promise<ClusterBackend> {
  if (name === 'memory') return memoryBackend()
  const { ensureTools } = await import('../../tools/ensure.ts')
  const onProgress = (line: string) => console.error(line)
  if (name === 'kwok') {
    const { kwokBackend, kwokTools } = await import('../../kwok/backend.ts')
    return kwokBackend({ root, tools: await ensureTools(kwokTools, onProgress) })
  }
  if (name !== 'box') throw new Error(`unknown backend ${name}: box, kwok and memory are known`)
  const { boxBackend, boxTools } = await import('../../box/backend.ts')
  return boxBackend({ root, tools: await ensureTools(boxTools, onProgress) })
}

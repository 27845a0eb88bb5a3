// The backend by name. The real ones are loaded only when asked for: they need tools that take minutes to build.
import type { ClusterBackend } from './backend.ts'
import { memoryBackend } from './memory-backend.ts'

export async function loadBackend(name: string, root: string): Promise<ClusterBackend> {
  if (name === 'memory') return memoryBackend()
  if (name === 'kwok') return loadKwok(root)
  if (name !== 'box') throw new Error(`unknown backend ${name}: box, kwok and memory are known`)
  const [{ boxBackend, boxTools }, { ensureTools }] = await Promise.all([
    import('../box/backend.ts'),
    import('../tools/ensure.ts'),
  ])
  return boxBackend({ root, tools: await ensureTools(boxTools, (line) => console.error(line)) })
}

async function loadKwok(root: string): Promise<ClusterBackend> {
  const [{ kwokBackend, kwokTools }, { ensureTools }] = await Promise.all([
    import('../kwok/backend.ts'),
    import('../tools/ensure.ts'),
  ])
  return kwokBackend({ root, tools: await ensureTools(kwokTools, (line) => console.error(line)) })
}

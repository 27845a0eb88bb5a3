// Tells which files below some folders were saved. An editor writes a file in several steps, and a checkout many files: what
// comes within a moment is told at once.
import { watch } from 'node:fs'
import { join } from 'node:path'

const momentMs = 100

export function onSaved(
  folders: readonly string[],
  tell: (files: ReadonlySet<string>) => void,
): Disposable {
  const files = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  const flush = () => {
    const saved = new Set(files)
    files.clear()
    tell(saved)
  }
  const watchers = folders.map((folder) =>
    watch(folder, { recursive: true }, (_, file) => {
      if (file === null) return
      files.add(join(folder, file))
      clearTimeout(timer)
      timer = setTimeout(flush, momentMs)
    }),
  )
  return {
    [Symbol.dispose]: () => {
      clearTimeout(timer)
      for (const watcher of watchers) watcher.close()
    },
  }
}

// Whether node_modules holds what the lock file says: after a pull that raised a package it does not, until `npm ci`.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

type LockFile = {
  packages: Record<string, { version?: string; optional?: boolean; link?: boolean }>
}

const packagesIn = (file: string) => (JSON.parse(readFileSync(file, 'utf8')) as LockFile).packages // npm writes both

/** Such as bullmq 6.7.0; those that npm leaves out on another platform may be absent. */
export function notInstalled(root: string): string[] {
  const installed = packagesIn(join(root, 'node_modules/.package-lock.json'))
  return Object.entries(packagesIn(join(root, 'package-lock.json'))).flatMap(([path, wanted]) => {
    if (!path.includes('node_modules/') || wanted.link) return []
    const found = installed[path]?.version
    const may = found === undefined && wanted.optional === true
    return may || found === wanted.version
      ? []
      : `${path.replace(/^.*node_modules\//, '')} ${wanted.version}`
  })
}

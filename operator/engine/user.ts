// Who runs this process, for the locks that others may have to judge.
import { userInfo } from 'node:os'
import process from 'node:process'

/** The user's name; its number where it has none, as a container's user often has not. */
export function userName(lookUp: () => { username: string } = userInfo): string {
  try {
    return lookUp().username
  } catch {
    // ENOENT: passwd has no entry for it.
    return String(process.getuid?.() ?? 'unknown')
  }
}

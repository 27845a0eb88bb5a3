// Namespaces by pattern: globs with * and ?, an exclamation mark for those that are not meant. The last one
// that matches decides; where the first excludes, all others are meant.

export function isInNamespaces(
  patterns: readonly string[],
  namespace: string | undefined,
): boolean {
  let isIn = patterns[0]?.startsWith('!') ?? true
  for (const pattern of patterns) {
    const excludes = pattern.startsWith('!')
    if (globOf(excludes ? pattern.slice(1) : pattern).test(namespace ?? '')) isIn = !excludes
  }
  return isIn
}

const globOf = (pattern: string): RegExp => {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`)
}

// Whether a kubelet would start with these flags, by its own rules: cmd/kubelet/app/options/options.go
// (ValidateKubeletFlags) and pkg/util/taints/taints.go (ParseTaints) of Kubernetes 1.36; k8s.io/component-base has the
// syntax of --node-labels, k8s.io/apimachinery's validation that of names and values. nodeadm joins flags with blanks
// and systemd splits them again.

const longest = 63
const name = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const effects = ['NoSchedule', 'PreferNoSchedule', 'NoExecute']

export function kubeletProblems(flags: readonly string[]): string[] {
  const words = flags.join(' ').split(/\s+/)
  if (words.length !== flags.length) return [`${words.length} flags out of ${flags.length}`]
  return words.flatMap((word) => {
    const [, flag, value = ''] = /^--([a-z-]+)=(.*)$/.exec(word) ?? []
    if (/["'\\$%]/.test(value)) return [`${word}: systemd reads quotes and variables`]
    if (flag === 'node-labels') return value.split(',').flatMap(labelProblems)
    if (flag === 'register-with-taints') return taintsProblems(value.split(','))
    return [`unexpected flag ${word}`]
  })
}

function labelProblems(label: string): string[] {
  const at = label.indexOf('=')
  if (at < 0) return [`malformed pair ${label}`]
  const [key, value] = [label.slice(0, at), label.slice(at + 1)]
  const [prefix = ''] = key.includes('/') ? key.split('/') : []
  const foreign = /(^|\.)(kubernetes\.io|k8s\.io)$/.test(prefix) ? [`unknown label ${key}`] : []
  return [...foreign, ...keyProblems(key), ...valueProblems(value)]
}

function taintsProblems(taints: string[]): string[] {
  const seen = new Set<string>()
  return taints.flatMap((taint) => {
    const [pair = '', effect = '', ...rest] = taint.split(':')
    const [key = '', value = '', ...more] = pair.split('=')
    if (rest.length > 0 || more.length > 0 || !effects.includes(effect))
      return [`invalid taint spec: ${taint}`]
    const id = `${key}:${effect}`
    const twice = seen.has(id) ? [`duplicated taints with the same key and effect: ${taint}`] : []
    seen.add(id)
    return [...twice, ...keyProblems(key), ...valueProblems(value)]
  })
}

function keyProblems(key: string): string[] {
  const parts = key.split('/')
  const own = parts.at(-1) ?? ''
  const prefix = parts.length > 1 ? parts[0] : undefined
  const good =
    parts.length <= 2 &&
    own.length <= longest &&
    name.test(own) &&
    (prefix === undefined || (prefix.length <= 253 && subdomain.test(prefix)))
  return good ? [] : [`no qualified name: ${key}`]
}

const valueProblems = (value: string): string[] =>
  value === '' || (value.length <= longest && name.test(value)) ? [] : [`no label value: ${value}`]

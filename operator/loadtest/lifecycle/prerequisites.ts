// The ConfigMaps that a test needs before its pods can start. Secrets the operator may not read: of these the kubelet
// tells (trouble.ts).
import type { Kube } from '../../framework/index.ts'
import { core } from '../../framework/index.ts'
import type { Subject } from '../spec/subject.ts'
import { references } from '../spec/references.ts'
import { inWordsOf } from '../spec/v1-words.ts'

/** One sentence for every ConfigMap that does not exist. */
export async function missingConfigMaps(kube: Kube, subject: Subject): Promise<string[]> {
  const { spec, namespace } = subject
  const wanted = new Map<string, string>()
  for (const { kind, name, field, optional } of references(spec))
    if (kind === 'ConfigMap' && !optional && !wanted.has(name)) wanted.set(name, field)
  const checks = [...wanted].map(async ([name, field]) =>
    (await kube.get(core.configMap, name, namespace))
      ? []
      : [`${field}: ConfigMap ${name} does not exist`],
  )
  return inWordsOf(subject, (await Promise.all(checks)).flat())
}

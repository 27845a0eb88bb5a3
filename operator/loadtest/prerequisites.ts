// The ConfigMaps that a test needs before its pods can start, and what the events of stuck pods say of Secrets,
// which the operator may not read.
import type { Kube } from '../framework/index.ts'
import { core } from '../framework/index.ts'
import type { Subject } from './names.ts'

/** One sentence for every ConfigMap that does not exist. */
export async function missingConfigMaps(
  kube: Kube,
  { spec, namespace }: Subject,
): Promise<string[]> {
  const wanted = new Map<string, string>()
  const want = (field: string, name: string | undefined) => {
    if (name && !wanted.has(name)) wanted.set(name, field)
  }
  want('spec.testFiles.configMapRef', spec.testFiles?.configMapRef)
  want('spec.testFiles.libConfigMapRef', spec.testFiles?.libConfigMapRef)
  for (const [at, { name }] of (spec.env?.configMapRefs ?? []).entries())
    want(`spec.env.configMapRefs[${at}].name`, name)
  const checks = [...wanted].map(async ([name, field]) =>
    (await kube.get(core.configMap, name, namespace))
      ? []
      : [`${field}: ConfigMap ${name} does not exist`],
  )
  return (await Promise.all(checks)).flat()
}

type CoreEvent = { message?: string; reason?: string }
const telling = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedCreate',
  'FailedCreatePodSandBox',
])

/** The latest message of an event that explains why a pod, or a Job's pods, do not start. */
export async function troubleEvent(
  kube: Kube,
  object: { namespace: string; name: string; uid: string },
): Promise<string | undefined> {
  const path = `/api/v1/namespaces/${object.namespace}/events`
  const fieldSelector = `involvedObject.uid=${object.uid}`
  const answer = await kube.request('GET', path, undefined, { query: { fieldSelector, limit: 50 } })
  const { items = [] } = answer as { items?: CoreEvent[] } // an EventList
  return items.findLast(({ reason }) => telling.has(reason ?? ''))?.message
}

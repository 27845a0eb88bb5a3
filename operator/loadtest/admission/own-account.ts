// Keeps the operator's rights from tests: whoever may run a pod as the operator's ServiceAccount has them, and who may
// create Jobs in every namespace has all. The chart's ValidatingAdmissionPolicy says the same at admission.
import type { Mode } from '../pods/names.ts'
import type { Subject } from '../spec/subject.ts'
import { podTemplate } from '../resources/pod.ts'
import type { LoadTestSettings } from '../settings.ts'

export type OwnAccount = {
  /** Where the operator runs. */
  namespace: string
  serviceAccount: string
  /** It serves every namespace: none of its tests belongs into its own. */
  wide: boolean
}

export type Refusal = { reason: 'OperatorNamespace' | 'OperatorAccount'; message: string }

/** Why no pod may be made of this test. */
export function ownAccountRefusal(
  subject: Subject,
  settings: LoadTestSettings,
  own: OwnAccount,
): Refusal | undefined {
  const { namespace, serviceAccount, wide } = own
  if (subject.namespace !== namespace) return undefined
  if (wide)
    return {
      reason: 'OperatorNamespace',
      message: `metadata.namespace: expected another than the load-test operator's own, got ${namespace}`,
    }
  const field = namesIt(subject, serviceAccount) ?? becomesIt(subject, settings, serviceAccount)
  return field === undefined
    ? undefined
    : {
        reason: 'OperatorAccount',
        message: `${field}: expected another ServiceAccount than the load-test operator's own, got ${serviceAccount}`,
      }
}

const modes: Mode[] = ['master', 'worker']
const scheduled = 'spec.scheduling.serviceAccountName'

/** The first field that has the name, whether it counts or another one overrides it. */
function namesIt({ spec }: Subject, serviceAccount: string): string | undefined {
  if (spec.scheduling?.serviceAccountName === serviceAccount) return scheduled
  return modes
    .flatMap((mode) => ['serviceAccountName', 'serviceAccount'].map((name) => ({ mode, name })))
    .filter(({ mode, name }) => spec[mode].podTemplate?.spec?.[name] === serviceAccount)
    .map(({ mode, name }) => `spec.${mode}.podTemplate.spec.${name}`)[0]
}

/** What the pods would run as in the end: who names none gets `default`. */
function becomesIt(subject: Subject, settings: LoadTestSettings, serviceAccount: string) {
  const account = (mode: Mode) => {
    const pod: { serviceAccountName?: string; serviceAccount?: string } = podTemplate(
      subject,
      mode,
      settings,
    ).spec
    return pod.serviceAccountName || pod.serviceAccount || 'default'
  }
  return modes.some((mode) => account(mode) === serviceAccount) ? scheduled : undefined
}

// Grammars of Kubernetes, of clouds and of Pulumi that several fields of a TenantCluster share, as pieces of CEL for the CRD.
// Whoever hands a value on to one of the three refuses what it would refuse, while the user is still at the keyboard.

const dnsLabel = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const dnsSubdomain = `${dnsLabel}([.]${dnsLabel})*`

/** Name of a Secret and of most other objects of Kubernetes. */
export const objectName = new RegExp(`^${dnsLabel}(\\.${dnsLabel})*$`)

/** Value of a label, not empty: not every cloud takes an empty one. */
export const labelValue = '^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$'

/** Key of a label or a taint as Kubernetes has it; clouds take 63 characters for the whole. */
export const qualifiedName = `^(${dnsSubdomain}/)?[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$`

/** A member of this name makes Pulumi's protocol read an object as a secret, a file to send or a reference. */
export const signatureKey = '4dabf18193072939515e22adb298388d'

/** The SDK asks every object for its text before it sends it, and breaks where these are no functions. */
export const methodNames: readonly string[] = ['toString', 'valueOf', 'hasOwnProperty']

/** Pulumi's protocol reads these for values that are not known yet: of texts, flags, numbers, lists, assets, archives, objects. */
export const unknownValues: readonly string[] = [
  '04da6b54-80e4-46f7-96ec-b56ff0331ba9',
  '1c4a061d-8072-4f0a-a4cb-0ff528b18fe7',
  '3eeb2bf0-c639-47a8-9e75-3b44932eb421',
  '6a19a0b0-7e62-4c92-b797-7f8e31da9cc2',
  '030794c1-ac77-496b-92df-f27374a8bd58',
  'e48ece36-62e2-4504-bad9-02848725956a',
  'dd056dcd-154b-4c76-9bd3-c8f88648b5ff',
]

export const celList = (values: readonly string[]): string =>
  `[${values.map((value) => `'${value}'`).join(', ')}]`

/** CEL: whether the expression is one of them. */
export const isUnknown = (value: string) => `${value} in ${celList(unknownValues)}`

/** Rule of a map of texts at `field`. */
export const noMarkers = (field: string) => ({
  rule: `!${celList([signatureKey, ...methodNames])}.exists(k, k in self) && self.all(k, !(${isUnknown('self[k]')}))`,
  message: `${field}: expected no key and no value that Pulumi reads as something of its own: a secret, a file, a method, an unknown value`,
})

// Turns a zod schema into a CustomResourceDefinition that a real API server accepts.
// The generator writes its result to crds/; tests apply it. Nothing at run time needs it.
import { z } from 'zod'

type Json = Record<string, unknown>
/** A column of `kubectl get`; `wide` ones appear with `-o wide` only. */
export type PrinterColumn = {
  name: string
  jsonPath: string
  type?: 'string' | 'integer' | 'date'
  wide?: boolean
}
export type KindDefinition = {
  group: string
  version: string
  kind: string
  plural: string
  shortNames: string[]
  categories: string[]
  spec: z.ZodType
  status: z.ZodType
  columns: PrinterColumn[]
  /** CEL rules on the whole object, for what concerns its name. */
  rules?: { rule: string; message: string; optionalOldSelf?: boolean }[]
}

/** The CRD of one kind with one version and a status subresource. */
export function customResourceDefinition(definition: KindDefinition): Json {
  const { group, version, kind, plural, shortNames, categories } = definition
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind, shortNames, categories },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: definition.columns.map(printerColumn),
          schema: { openAPIV3Schema: rootSchema(definition) },
        },
      ],
    },
  }
}

function rootSchema(definition: KindDefinition): Json {
  return {
    type: 'object',
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: structural(definition.spec),
      status: structural(definition.status),
    },
    ...(definition.rules && { 'x-kubernetes-validations': definition.rules }),
  }
}

/** The structural OpenAPI schema of a zod schema, as a user writes the object (defaults are optional). */
export function structural(schema: z.ZodType): Json {
  return clean(z.toJSONSchema(schema, { target: 'openapi-3.0', io: 'input' })) as Json // an object in, an object out
}

const printerColumn = ({ name, jsonPath, type = 'string', wide }: PrinterColumn) => ({
  name,
  type,
  jsonPath,
  ...(wide && { priority: 1 }),
})

function clean(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(clean)
  if (typeof node !== 'object' || node === null) return node
  const entries = Object.entries(node).filter(([key, value]) => !refused(key, value, node as Json)) // a non-null object
  return Object.fromEntries(entries.map(([key, value]) => [key, clean(value)]))
}

/** What zod writes and a structural schema either may not hold or does not need. */
function refused(key: string, value: unknown, parent: Json): boolean {
  if (key === '$schema') return true
  if (key === 'properties')
    return parent['type'] === 'object' && Object.keys(Object(value)).length === 0
  if (key === 'additionalProperties') return 'x-kubernetes-preserve-unknown-fields' in parent
  if (key === 'pattern') return parent['format'] === 'date-time'
  if (key === 'maximum') return value === Number.MAX_SAFE_INTEGER
  return key === 'minimum' && value === Number.MIN_SAFE_INTEGER
}

// The CRD behind the conformance cases.
import { gadgets } from './conformance-cases.ts'

const condition = {
  type: 'object',
  required: ['type'],
  properties: {
    observedGeneration: { type: 'integer' },
    ...Object.fromEntries(
      ['type', 'status', 'reason', 'message', 'lastTransitionTime'].map((field) => [
        field,
        { type: 'string' },
      ]),
    ),
  },
}

export const gadgetCrd = {
  metadata: { name: `${gadgets.plural}.${gadgets.group}` },
  spec: {
    group: gadgets.group,
    scope: 'Namespaced',
    names: { kind: gadgets.kind, plural: gadgets.plural, singular: 'gadget' },
    versions: [
      {
        name: gadgets.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  size: { type: 'integer' },
                  parts: { type: 'array', items: { type: 'string' } },
                },
              },
              status: {
                type: 'object',
                properties: {
                  phase: { type: 'string' },
                  observedGeneration: { type: 'integer' },
                  conditions: {
                    type: 'array',
                    items: condition,
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
}

// The kind that the examples work on: its types, and the CRD by which an API server knows it.
import type { Kind } from '@cratekube/framework'

export type WidgetSpec = {
  size?: number
  color?: string
  items?: string[]
}

export type WidgetStatus = {
  size?: number
  message?: string
  children?: string[]
}

export const widgets: Kind<WidgetSpec, WidgetStatus> = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
}

/** Fields that nobody names are kept: the framework has its own in the status. */
const open = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }

export const widgetCrd = {
  metadata: { name: 'widgets.example.com' },
  spec: {
    group: widgets.group,
    scope: 'Namespaced',
    names: { kind: widgets.kind, plural: widgets.plural, singular: 'widget' },
    versions: [
      {
        name: widgets.version,
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', properties: { spec: open, status: open } } },
      },
    ],
  },
}

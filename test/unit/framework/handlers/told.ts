// Operators of the pages' tests: started, restarted, and what their handlers were told.
import type { ControllerBuilder } from '../../../../operator/framework/index.ts'
import { harness, widgets, type WidgetSpec, type WidgetStatus } from '../harness.ts'

export type Builder = ControllerBuilder<WidgetSpec, WidgetStatus>
export type Harness = ReturnType<typeof harness>

export const start = (h: Harness, declare: (builder: Builder) => unknown) =>
  h.start((op) => void declare(op.for(widgets)))

/** Another process, after the first has ended and `meanwhile` has happened. */
export async function restarted(
  h: Harness,
  first: Promise<void>,
  o: { declare: (builder: Builder) => unknown; meanwhile?: () => Promise<unknown> },
) {
  await h.shutDown(first)
  await o.meanwhile?.()
  const later = harness({ kube: h.server.kube(), clock: h.clock })
  const { ended } = start(later, o.declare)
  await h.clock.settle()
  return { end: () => later.shutDown(ended) }
}

export const remove = (h: Harness, name = 'a') =>
  h.user.delete(widgets, { name, namespace: 'shop' })

/** Annotations that the operator left. */
export const stateOf = async (h: Harness, name = 'a') =>
  (await h.widget(name))?.metadata.annotations?.['widget-operator/handled']

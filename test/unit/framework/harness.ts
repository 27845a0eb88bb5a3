// An operator on the fake API server in virtual time, with a kind of its own.
import { core, type Kind, type OperatorOptions } from '../../../operator/framework/index.ts'
import {
  harness as testHarness,
  type FakeApiServer,
} from '../../../operator/framework/testing/index.ts'

export type WidgetSpec = { size: number; color?: string }
export type WidgetStatus = {
  size?: number
  conditions?: { type: string; status: string; reason: string; message: string }[]
  observedGeneration?: number
  lastHandledReconcileAt?: string
}

export const widgets: Kind<WidgetSpec, WidgetStatus> = {
  group: 'example.com',
  version: 'v1',
  kind: 'Widget',
  plural: 'widgets',
  namespaced: true,
}

export function harness(o: Partial<OperatorOptions> = {}) {
  const on = testHarness({ name: 'widget-operator', kinds: [widgets], ...o })
  const { user } = on
  return {
    ...on,
    create: (name: string, spec: WidgetSpec = { size: 1 }, metadata: object = {}) =>
      user.create(widgets, { metadata: { name, namespace: 'shop', ...metadata }, spec }),
    widget: (name: string) => user.get(widgets, name, 'shop'),
    edit: (name: string, patch: object) =>
      user.patch(widgets, { name, namespace: 'shop' }, patch, { type: 'merge' }),
    async condition(name: string, type: string) {
      const status = (await user.get(widgets, name, 'shop'))?.status
      return status?.conditions?.find((condition) => condition.type === type)
    },
    async eventReasons() {
      const { items } = await user.list(core.event)
      return items.map(({ reason }) => reason)
    },
  }
}

/** Status writes since requests were last taken. */
export const statusWrites = (server: FakeApiServer): string[] =>
  server.takeRequests().filter((line) => line.startsWith('PATCH') && line.endsWith('/status'))

/** Never resolves; rejects with the signal's reason, as what a handler waits for does. */
export const cutOff = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))

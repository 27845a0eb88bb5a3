// An operator on the fake API server in virtual time, with a kind of its own.
import {
  core,
  operator,
  type Kind,
  type Operator,
  type OperatorOptions,
} from '../../../operator/framework/index.ts'
import { FakeApiServer } from '../../support/fake-apiserver/index.ts'
import { testLog } from '../../support/silent-log.ts'
import { VirtualClock } from '../../support/virtual-clock.ts'

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
  const clock = new VirtualClock()
  const server = new FakeApiServer({ clock, kinds: [widgets] })
  const { log, lines } = testLog()
  const stop = new AbortController()
  /** The user beside the operator. */
  const user = server.kube()
  const start = (declare: (op: Operator) => void, more: Partial<OperatorOptions> = {}) => {
    const op = operator({ name: 'widget-operator', kube: server.kube(), log, clock, ...o, ...more })
    declare(op)
    const ended = op.run({ signal: stop.signal })
    ended.catch(() => undefined) // tests that expect it to fail await it themselves
    return { op, ended }
  }
  return {
    clock,
    server,
    lines,
    user,
    start,
    stop,
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
    async shutDown(ended: Promise<void>) {
      stop.abort()
      await clock.advance(60_000)
      await ended
    },
  }
}

/** Status writes since requests were last taken. */
export const statusWrites = (server: FakeApiServer): string[] =>
  server.takeRequests().filter((line) => line.startsWith('PATCH') && line.endsWith('/status'))

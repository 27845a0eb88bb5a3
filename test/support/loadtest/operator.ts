// The load-test operator running in this process with the rights, and only the rights, that the chart gives it.
import type { Registry } from 'prom-client'
import {
  connect,
  kubeconfigCredentials,
  operator,
  type Kube,
  type Operator,
  type RequestRecord,
} from '../../../operator/framework/index.ts'
import { loadTestController } from '../../../operator/loadtest/index.ts'
import { limitsIn } from '../../../operator/loadtest/admission/limits.ts'
import type { OwnAccount } from '../../../operator/loadtest/admission/own-account.ts'
import { scheduleController } from '../../../operator/loadtest/schedule/index.ts'
import { readSettings } from '../../../operator/loadtest/settings.ts'
import { testLog } from '../../../operator/framework/testing/index.ts'
import type { TestPlane } from '../test-plane.ts'
import { operatorNamespace, startPlane } from './plane.ts'

type Options = {
  env?: Record<string, string>
  metrics?: Registry
  /** The ConfigMap of its limits. */
  limitsAt?: { namespace: string; name: string }
  own?: OwnAccount
}

export type RunningOperator = { requests: RequestRecord[]; stop(): Promise<void> }

/** A test may end the operator and put another in its place. */
export type OperatedPlane = TestPlane & { operator: RunningOperator }

export async function startOperatedPlane(o: Options = {}): Promise<OperatedPlane> {
  await using end = new AsyncDisposableStack()
  const plane = await startPlane()
  end.defer(() => plane.stop())
  const operated = { ...plane, operator: await startOperator(plane, o) }
  end.defer(() => operated.operator.stop())
  const all = end.move()
  return Object.assign(operated, { stop: () => all.disposeAsync() })
}

export async function startOperator(plane: TestPlane, o: Options = {}): Promise<RunningOperator> {
  const requests: RequestRecord[] = []
  const own = await operatorClient(plane, (record) => requests.push(record))
  const op = operator({ name: 'cratekube-loadtest', kube: own, log: testLog().log })
  const { metrics, limitsAt, own: account } = o
  const settings = readSettings({ METRICS_EXPORTER_ENABLED: 'false', ...o.env })
  scheduleController(op, {})
  loadTestController(op, {
    settings,
    access: 'direct',
    ...(metrics && { metrics }),
    own: account,
    ...(limitsAt && { limits: limitsIn(op, limitsAt) }),
  })
  const end = runOperator(op)
  return {
    requests,
    async stop() {
      await end()
      own.close()
    },
  }
}

/** Answers how to end it. */
export function runOperator(op: Operator): () => Promise<void> {
  const ending = new AbortController()
  const ran = op.run({ signal: ending.signal })
  return async () => {
    ending.abort(new Error('the test is over'))
    await ran
  }
}

export async function operatorClient(
  plane: TestPlane,
  onRequest?: (record: RequestRecord) => void,
): Promise<Kube> {
  const token = await operatorToken(plane)
  const { server, ca } = kubeconfigCredentials(plane.kubeconfig)
  return connect(
    { server, ...(ca && { ca }), token: () => Promise.resolve(token) },
    onRequest ? { onRequest } : {},
  )
}

/** Has the rights, and only the rights, of the chart's ServiceAccount. */
export async function operatorToken({ kube }: Pick<TestPlane, 'kube'>): Promise<string> {
  const path = `/api/v1/namespaces/${operatorNamespace}/serviceaccounts/${operatorNamespace}/token`
  const answer = await kube.request('POST', path, { spec: { expirationSeconds: 3600 } })
  return (answer as { status: { token: string } }).status.token // a TokenRequest
}

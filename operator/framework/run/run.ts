// Programs on one operator, from the plan of the command line to the end of the process.
import { hostname } from 'node:os'
import { pid } from 'node:process'
import { pino, type Logger } from 'pino'
import { Registry } from 'prom-client'
import { connect } from '../kube/client.ts'
import { requestMetrics } from '../metrics.ts'
import { operator } from '../operator.ts'
import { clusterOf, type Environment } from './cluster.ts'
import type { RunPlan } from './command-line.ts'
import { plainLog } from './plain-log.ts'
import { loadProgram } from './program.ts'

/** Resolves when the signal came and the handlers have ended. */
export async function run(plan: RunPlan, at: Environment, signal: AbortSignal): Promise<void> {
  const programs = []
  for (const file of plan.files) programs.push(await loadProgram(file))
  const [{ name }] = programs as [(typeof programs)[number]] // the command line has one at least
  const log = logOf(plan, name)
  const metrics = new Registry()
  const kube = connect(clusterOf(plan, at), { userAgent: name, onRequest: requestMetrics(metrics) })
  try {
    const op = operator({
      name,
      ...Object.assign({}, ...programs.map(({ options }) => options)),
      kube,
      log,
      metrics,
      ...(plan.namespaces.length > 0 && { namespaces: plan.namespaces }),
      ...(plan.health && { health: plan.health }),
      ...(plan.lease && { leaderElection: { ...plan.lease, identity: `${hostname()}-${pid}` } }),
    })
    for (const { declare } of programs) await declare(op, { log, signal })
    await op.run({ signal })
  } finally {
    kube.close()
  }
}

const logOf = ({ level, format }: RunPlan, name: string): Logger =>
  format === 'json'
    ? pino({ name, level })
    : pino(
        { level },
        plainLog((text) => void process.stdout.write(text)),
      )

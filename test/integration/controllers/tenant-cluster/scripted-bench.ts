// The control side with a worker that does what the test says.
import type { Execute } from '../../../../operator/jobs/worker/operation.ts'
import {
  startControlBench,
  type BenchOptions,
  succeededWith,
  type ControlBench,
} from '../../../support/control-bench.ts'

export type ScriptedBench = ControlBench & {
  /** What the worker does; each test sets its own. */
  execute: Execute
  /** What it was told to do. */
  readonly seen: string[]
}

export async function startScriptedBench(o: BenchOptions = {}): Promise<ScriptedBench> {
  const bench = await startControlBench(o)
  const seen: string[] = []
  const scripted: ScriptedBench = {
    ...bench,
    seen,
    execute: (run) => Promise.resolve(succeededWith(run)),
  }
  await bench.startManager()
  await bench.startWorker((run) => {
    seen.push(`${run.operation.kind} ${run.tenant.metadata.name}`)
    return scripted.execute(run)
  })
  return scripted
}

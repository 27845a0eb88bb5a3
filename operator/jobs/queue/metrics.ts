// Figures about operations for Prometheus: what a worker runs, and what waits in the queue.
import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { Dispatcher } from './dispatch.ts'
import type { Execute } from '../worker/operation.ts'

/** The same operation, counted and timed. */
export function measured(execute: Execute, registry: Registry): Execute {
  const registers = [registry]
  const running = new Gauge({
    name: 'cratekube_operations_running',
    help: 'Operations that run in this worker now.',
    registers,
  })
  const ended = new Counter({
    name: 'cratekube_operations_total',
    help: 'Operations that ended in this worker, by kind and result.',
    labelNames: ['kind', 'result'],
    registers,
  })
  const seconds = new Histogram({
    name: 'cratekube_operation_seconds',
    help: 'How long operations took, by kind.',
    labelNames: ['kind'],
    buckets: [1, 5, 15, 60, 180, 420, 720, 1200, 2400],
    registers,
  })
  return async (run) => {
    const { kind } = run.operation
    running.inc()
    const stop = seconds.startTimer({ kind })
    try {
      const ending = await execute(run)
      ended.inc({ kind, result: ending.result })
      return ending
    } catch (error) {
      ended.inc({ kind, result: run.signal.aborted ? 'Stopped' : 'Failed' })
      throw error
    } finally {
      stop()
      running.dec()
    }
  }
}

/** Read from Redis when Prometheus asks; absent while Redis does not answer. */
export function queueMetrics(dispatcher: Dispatcher, registry: Registry): void {
  const gauge = new Gauge({
    name: 'cratekube_queue_jobs',
    help: 'Jobs in the queue of operations, by state.',
    labelNames: ['state'],
    registers: [registry],
    collect: async () => {
      const counts = await dispatcher.counts().catch(() => undefined)
      gauge.reset()
      if (!counts) return
      gauge.set({ state: 'waiting' }, counts.waiting)
      gauge.set({ state: 'active' }, counts.active)
    },
  })
}

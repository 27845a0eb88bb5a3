// The providers as the worker loads them: one line each.
import { awsWorker } from '../../aws/worker.ts'
import type { ProviderSettings, WorkerFace } from '../contract.ts'

export const workers: Readonly<Record<string, (settings: ProviderSettings) => WorkerFace>> = {
  aws: awsWorker,
}

// The providers as the runner loads them: one line each.
import { awsRunner } from '../../aws/runner.ts'
import type { RunnerFace } from '../contract.ts'

export const runners: Readonly<Record<string, RunnerFace>> = { aws: awsRunner }

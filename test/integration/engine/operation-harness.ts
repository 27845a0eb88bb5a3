// What the operation tests share: a directory as the cloud, a file backend, and runOperation on them.
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { pino } from 'pino'
import { load } from 'js-yaml'
import { tenantInputSchema } from '../../../operator/api/tenant/stack.ts'
import {
  runOperation,
  type EngineSettings,
  type OperationResult,
  type Progress,
  type RunOptions,
  type StackOperation,
} from '../../../operator/engine/index.ts'
import type { Plan } from './directory-cloud.ts'

const cloudModule = fileURLToPath(new URL('directory-cloud.ts', import.meta.url))
const example = new URL('../../../examples/quickstart/tenant-cluster.yaml', import.meta.url)

export type Harness = AsyncDisposable & {
  cloud: string
  settings: EngineSettings
  progress: Progress[]
  env: Record<string, string>
  operation(o?: Partial<StackOperation>): StackOperation
  run(o?: Partial<StackOperation>, options?: Partial<RunOptions>): Promise<OperationResult>
  plan(plan: Plan): Promise<void>
  calls(): Promise<string[]>
  /** Every file of the backend, by its path there. */
  stateFiles(): Promise<string[]>
  /** The stack file as it is on disk. */
  state(): Promise<{
    resources?: { urn: string; id?: string; outputs?: object }[]
    pending_operations?: { type: string }[]
  }>
}

export async function openHarness(): Promise<Harness> {
  const folder = await mkdtemp(join(tmpdir(), 'cratekube-engine-'))
  const cloud = join(folder, 'cloud')
  const backend = join(folder, 'state')
  await Promise.all([mkdir(cloud), mkdir(backend)])
  const tenant = await exampleTenant()
  const settings: EngineSettings = {
    backendUrl: `file://${backend}`,
    passphrase: 'correct horse',
    engine: 'embedded',
    providersModule: cloudModule,
    programsModule: cloudModule,
  }
  const progress: Progress[] = []
  const env = { TEST_CLOUD: cloud }
  const operation = (o?: Partial<StackOperation>): StackOperation => ({
    kind: 'up',
    program: 'cloud',
    stack: 'team-a.payments',
    tenant,
    ...o,
  })
  return {
    cloud,
    settings,
    progress,
    env,
    operation,
    run: (o, options) =>
      runOperation(operation(o), {
        settings,
        env,
        signal: new AbortController().signal,
        onProgress: (one) => progress.push(one),
        log: pino({ level: 'silent' }),
        ...options,
      }),
    plan: (plan) => writeFile(join(cloud, 'plan.json'), JSON.stringify(plan)),
    async calls() {
      const log = join(cloud, 'calls.log')
      return existsSync(log) ? (await readFile(log, 'utf8')).trim().split('\n') : []
    },
    async stateFiles() {
      const entries = await readdir(backend, { recursive: true, withFileTypes: true })
      const files = entries.filter((entry) => entry.isFile())
      return files.map((file) => relative(backend, join(file.parentPath, file.name))).toSorted()
    },
    async state() {
      const text = await readFile(
        join(backend, '.pulumi/stacks/cratekube/team-a.payments.json'),
        'utf8',
      )
      const file = JSON.parse(text) as {
        checkpoint: { latest: Awaited<ReturnType<Harness['state']>> }
      }
      return file.checkpoint.latest
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

async function exampleTenant() {
  // The example is what the CRD's tests apply; the schema checks it here once more.
  const { spec } = load(await readFile(example, 'utf8')) as { spec: unknown }
  return tenantInputSchema.parse({
    namespace: 'team-a',
    name: 'payments',
    uid: '11111111-2222-3333-4444-555555555555',
    spec,
  })
}

/** Waits for a condition that another process brings about. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  limitMs = 30_000,
): Promise<void> {
  const deadline = Date.now() + limitMs
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

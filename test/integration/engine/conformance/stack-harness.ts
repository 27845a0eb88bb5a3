// A stack on the embedded engine in this process, with the fake provider: for tests of the engine below runOperation.
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  LocalWorkspace,
  type EngineEvent,
  type Stack,
  type UpOptions,
  type UpResult,
} from '@pulumi/pulumi/automation/index.js'
import { embeddedCommand } from '../../../../operator/engine/embedded/cli/command.ts'
import type { EngineProvider } from '../../../../operator/engine/embedded/providers/provider.ts'
import type { ProviderSource } from '../../../../operator/engine/embedded/providers/providers.ts'
import { toSdkError } from '../../../../operator/engine/embedded/cli/sdk-errors.ts'
import type { ResourceRecord } from '../../../../operator/engine/embedded/state/state.ts'
import { fakeProvider, type FakeWorld } from './fake-provider.ts'

export type Program = () => Promise<Record<string, unknown>>

export type TestStack = AsyncDisposable & {
  stack: Stack
  world: FakeWorld
  /** What the engine has told in this process. */
  events: EngineEvent[]
  folder: string
  env: Record<string, string>
  /** What the next operations of `stack` run. */
  use(program: Program): void
  up(program: Program, options?: UpOptions): Promise<UpResult>
  destroy(): Promise<unknown>
  /** Resources of the state file by name. */
  records(): Promise<Record<string, ResourceRecord>>
}

export async function openStack(
  o: ((world: FakeWorld) => EngineProvider) | { source: ProviderSource } = fakeProvider,
): Promise<TestStack> {
  const folder = await mkdtemp(join(tmpdir(), 'cratekube-stack-'))
  const [state, workDir] = [join(folder, 'state'), join(folder, 'work')]
  await Promise.all([mkdir(state), mkdir(workDir)])
  const world: FakeWorld = { calls: [], gone: [], undeletable: [] }
  const env = { PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: 'secret' }
  const events: EngineEvent[] = []
  let current: Program = async () => ({})
  const pulumiCommand = embeddedCommand({
    source: typeof o === 'function' ? async () => ({ provider: o(world) }) : o.source,
    runDir: folder,
    toError: toSdkError,
    onEvent: (event) => events.push(event),
  })
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: 'dev', projectName: 'proj', program: pulumiCommand.attach(() => current()) },
    { workDir, pulumiCommand, envVars: env },
  )
  return {
    stack,
    world,
    events,
    folder,
    env,
    use(program) {
      current = program
    },
    up(program, options) {
      current = program
      return stack.up(options)
    },
    destroy: () => stack.destroy(),
    async records() {
      const text = await readFile(join(state, '.pulumi/stacks/proj/dev.json'), 'utf8')
      const file = JSON.parse(text) as { checkpoint: { latest: { resources?: ResourceRecord[] } } }
      const resources = file.checkpoint.latest.resources ?? []
      return Object.fromEntries(resources.map((one) => [one.urn.split('::').at(-1) ?? '', one]))
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}

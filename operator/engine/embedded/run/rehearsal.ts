// The engine run over resources that are nothing, on a state that is thrown away. A runner that waits for its operation has
// by then compiled what every operation runs; without that, half of a short operation goes into compiling.
import { mkdir, rm } from 'node:fs/promises'
import { ComponentResource, CustomResource, secret, type Input } from '@pulumi/pulumi'
import { LocalWorkspace } from '@pulumi/pulumi/automation/index.js'
import { embeddedCommand } from '../cli/command.ts'
import type { EngineProvider } from '../providers/provider.ts'
import { toSdkError } from '../cli/sdk-errors.ts'

/** V8 optimises what has run often enough; more rounds than these gain nothing that could be measured. */
const rounds = 4
const components = 8
const resourcesEach = 6

/** Ends before its next round when `signal` is aborted. `dir` is made and removed. */
export async function playRounds(dir: string, signal: AbortSignal): Promise<void> {
  await mkdir(dir)
  try {
    const command = embeddedCommand({
      source: async () => ({ provider: nothing }),
      runDir: dir,
      toError: toSdkError,
      onEvent: () => undefined,
    })
    for (let round = 0; round < rounds && !signal.aborted; round += 1) {
      const stack = await LocalWorkspace.createOrSelectStack(
        { stackName: 'rehearsal', projectName: 'rehearsal', program: command.attach(program) },
        {
          workDir: dir,
          pulumiCommand: command,
          envVars: { PULUMI_BACKEND_URL: `file://${dir}`, PULUMI_CONFIG_PASSPHRASE: 'rehearsal' },
        },
      )
      await stack.history(1, 1, false)
      await stack.exportStack()
      await stack.up({ suppressOutputs: true })
    }
  } finally {
    await rm(dir, { recursive: true })
  }
}

const nothing: EngineProvider = {
  version: '1.0.0',
  create: async (_urn, inputs) => ({ id: 'nothing', outputs: inputs }),
}

class Nothing extends CustomResource {
  constructor(name: string, previous: Input<string>, parent: ComponentResource) {
    const inputs = { previous, list: [1, { a: true }], tags: { a: 'b' }, hidden: secret('c') }
    super('rehearsal:index:Nothing', name, inputs, { parent })
  }
}

async function program(): Promise<Record<string, unknown>> {
  let previous: Input<string> = ''
  for (let at = 0; at < components; at += 1) {
    const parent = new ComponentResource('rehearsal:index:Group', `group-${at}`)
    for (let of = 0; of < resourcesEach; of += 1)
      previous = new Nothing(`nothing-${at}-${of}`, previous, parent).id
  }
  return { previous, hidden: secret('c') }
}

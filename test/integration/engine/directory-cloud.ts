// A cloud that is a directory, for tests that kill processes: every resource is a file, so that what exists outlives the
// runner and the test can see it. Also the programs module that runs in the runner: it makes what `plan.json` lists.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pulumi from '@pulumi/pulumi'
import { awsRunner } from '../../../operator/aws/runner.ts'
import type { ProgramsModule } from '../../../operator/engine/operation.ts'
import type { EngineProvider } from '../../../operator/engine/embedded/providers/provider.ts'

export type PlannedResource = {
  name: string
  size?: number
  /** create makes the resource and then never answers. */
  hangs?: boolean
  /** create answers when this file is there. */
  waitsFor?: string
  fails?: string
  secret?: string
}
export type Plan = { resources: PlannedResource[] }

const root = () => {
  const folder = process.env['TEST_CLOUD']
  if (folder === undefined) throw new Error('TEST_CLOUD is not set')
  return folder
}
const fileOf = (name: string) => join(root(), `${name}.resource`)
const note = (line: string) => appendFile(join(root(), 'calls.log'), `${line}\n`)

class FileResource extends pulumi.CustomResource {
  declare readonly path: pulumi.Output<string>
  constructor(name: string, props: pulumi.Inputs) {
    super('dir:index:File', name, { path: undefined, ...props })
  }
}

export const programs: ProgramsModule['programs'] = {
  // A program is synchronous where its registrations are; a promise is what the contract asks for.
  cloud: async () => {
    // Written by the test, in the type's shape.
    const plan = JSON.parse(readFileSync(join(root(), 'plan.json'), 'utf8')) as Plan
    const paths: Record<string, unknown> = {}
    for (const { secret, ...planned } of plan.resources) {
      const text = secret === undefined ? {} : { text: pulumi.secret(secret) }
      const file = new FileResource(planned.name, { ...planned, ...text })
      paths[planned.name] = file.path
      if (secret !== undefined) paths[`${planned.name}Text`] = pulumi.secret(secret)
    }
    return paths
  },
  addons: async () => ({ cloud: new pulumi.Config('cratekube').require('cloud') }),
}

export const findCreated: NonNullable<ProgramsModule['findCreated']> = async (type, inputs) => {
  await note(`find ${type} ${String(inputs['name'])}`)
  return existsSync(fileOf(String(inputs['name']))) ? String(inputs['name']) : undefined
}

/** Its failures are told in the words of AWS. */
export const explanations: NonNullable<ProgramsModule['explanations']> = (tenant) =>
  awsRunner.explanations(tenant)

export const providers: Record<string, () => EngineProvider> = {
  dir: () => {
    const cancelled = new AbortController()
    return {
      version: '1.0.0',
      async create(_urn, inputs) {
        const name = String(inputs['name'])
        await note(`create ${name}`)
        if (typeof inputs['fails'] === 'string') throw new Error(inputs['fails'])
        if (existsSync(fileOf(name))) throw new Error(`${name} exists already`)
        writeFileSync(fileOf(name), JSON.stringify(inputs))
        if (inputs['hangs'] === true) await new Promise(() => setInterval(() => undefined, 1000))
        if (typeof inputs['waitsFor'] === 'string') await waitForFile(inputs['waitsFor'])
        return { id: name, outputs: { ...inputs, path: fileOf(name) } }
      },
      async update({ id }, _olds, inputs) {
        await note(`update ${id}`)
        await writeFile(fileOf(id), JSON.stringify(inputs))
        return { outputs: { ...inputs, path: fileOf(id) } }
      },
      async read({ id }, _outputs, inputs) {
        if (!existsSync(fileOf(id))) return {}
        const text = await readFile(fileOf(id), 'utf8')
        // What create and update wrote.
        return { id, inputs, outputs: { ...(JSON.parse(text) as object), path: fileOf(id) } }
      },
      async delete({ id }) {
        await note(`delete ${id}`)
        await rm(fileOf(id))
      },
      async cancel() {
        await note('cancel')
        cancelled.abort()
      },
    }
  },
}

async function waitForFile(path: string): Promise<void> {
  while (!existsSync(path)) await wait(10)
}

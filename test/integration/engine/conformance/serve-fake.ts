// The fake provider as a plugin of the official CLI: `node serve-fake.ts <folder>`. It finds its world in world.json of the
// folder as it starts, which is once an operation, and appends its calls to calls.jsonl.
import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { serveProvider } from '../../../../operator/engine/embedded/providers/serve-provider.ts'
import { fakeProvider, type Call, type FakeWorld } from './fake-provider.ts'

const [folder = '.'] = process.argv.slice(2)
// official-stack.ts wrote it.
const world = JSON.parse(readFileSync(join(folder, 'world.json'), 'utf8')) as FakeWorld
const push = (call: Call) =>
  appendFileSync(join(folder, 'calls.jsonl'), `${JSON.stringify(call)}\n`)
await serveProvider('fake', fakeProvider({ ...world, calls: { push } }))

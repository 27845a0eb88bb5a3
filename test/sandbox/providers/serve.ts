// One provider double as an official plugin: `node serve.ts aws`. plugins.ts writes the executables that start this.
import { serveProvider } from '../../../operator/engine/embedded/providers/serve-provider.ts'
import { providers } from './index.ts'

const [name = ''] = process.argv.slice(2)
const make = name in providers ? providers[name as keyof typeof providers] : undefined // checked by `in`
if (!make)
  throw new Error(`no provider double ${name}: there are ${Object.keys(providers).join(', ')}`)
await serveProvider(name, make())

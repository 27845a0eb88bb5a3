// The doubles of Pulumi's providers with that of the provider `test` among them: the embedded engine's `providersModule`.
import process from 'node:process'
import { providers as doubles } from '../../../sandbox/providers/index.ts'
import { testPlugin } from '../plugin.ts'

export { preload, rehearse } from '../../../sandbox/providers/index.ts'
export const providers = { ...doubles, test: () => testPlugin(process.env) }

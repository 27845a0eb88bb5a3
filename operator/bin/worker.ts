// Process `worker`, with the providers of this release.
import { tenantInputSchema } from '../api/tenant/stack.ts'
import { plugins } from '../provider/registry/plugins.ts'
import { workers } from '../provider/registry/worker.ts'
import { start } from './start.ts'
import { workerProcess } from './worker-process.ts'

await start(() => workerProcess({ workers, inputSchema: tenantInputSchema, plugins }))

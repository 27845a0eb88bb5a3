// Process `worker` with the provider `test` beside those of the release.
import { start } from '../../../../operator/bin/start.ts'
import { workerProcess } from '../../../../operator/bin/worker-process.ts'
import { plugins } from '../../../../operator/provider/registry/plugins.ts'
import { workers } from '../../../../operator/provider/registry/worker.ts'
import { version } from '../plugin.ts'
import { inputSchema } from '../spec.ts'
import { testWorker } from '../worker.ts'

await start(() =>
  workerProcess({
    workers: { ...workers, test: () => testWorker },
    inputSchema,
    plugins: { ...plugins, test: version },
  }),
)

// The AWS double as a process of its own: node test/sandbox/aws/main.ts --root DIR [--speed 60] [--backend box|kwok|memory]
// [--port N] [--quotas '{"vpcsPerRegion":200}']. Prints one JSON line when it answers, ends on SIGTERM, SIGINT and when its standard input closes (--with-parent).
import { mkdir } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { startAws } from './index.ts'
import { quotasSchema } from './limits/quotas.ts'
import { loadBackend } from './backends/load-backend.ts'

const { values } = parseArgs({
  options: {
    root: { type: 'string' },
    speed: { type: 'string', default: '60' },
    backend: { type: 'string', default: 'box' },
    port: { type: 'string', default: '0' },
    quotas: { type: 'string', default: '{}' },
    'with-parent': { type: 'boolean', default: false },
  },
})
if (values.root === undefined)
  throw new Error('--root is needed: the directory for EFS and for the clusters')
await mkdir(values.root, { recursive: true })

const double = await startAws({
  root: values.root,
  backend: await loadBackend(values.backend, values.root),
  speed: values.speed === 'Infinity' ? Number.POSITIVE_INFINITY : Number(values.speed),
  port: Number(values.port),
  quotas: quotasSchema.parse(JSON.parse(values.quotas)),
  onError: (error) => console.error(error),
})
console.log(
  JSON.stringify({
    endpoint: double.endpoint,
    credentials: double.credentials,
    backend: values.backend,
    speed: values.speed,
    pid: process.pid,
  }),
)

let stopping: Promise<void> | undefined
function stop(): void {
  stopping ??= double.stop().then(() => process.exit(0))
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
if (values['with-parent']) process.stdin.once('end', stop).resume()

// An official provider plugin as an EngineProvider: starts the process, takes the port from its standard output and
// calls it by gRPC. A run's own plugins come first; others are looked for on PATH, then in PULUMI_HOME/plugins.
import { spawn, type ChildProcess } from 'node:child_process'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import {
  executableOf,
  installedPlugin,
  isExecutable,
  pulumiHome,
  type Plugin,
} from '../../plugins.ts'
import { pluginProvider } from './plugin-provider.ts'
import { channelOptions, grpc } from '../wire/protocol.ts'
import { ProviderClient } from '../wire/provider-protocol.ts'
import type { LoadedProvider, ProviderRequest } from './providers.ts'

export async function startPlugin(
  request: ProviderRequest,
  plugins: readonly Plugin[] = [],
): Promise<LoadedProvider> {
  const own = plugins.find(({ name }) => name === request.package)
  const file = own ? executableOf(own) : await findPlugin(request)
  if (file === undefined) {
    const version = request.version === '' ? '' : ` at version v${request.version}`
    // In the words of the official CLI.
    throw new Error(
      `no resource plugin 'pulumi-resource-${request.package}' found in the workspace${version}`,
    )
  }
  const child = spawn(file, ['127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await portOf(child, file)
  const client = new ProviderClient(
    `127.0.0.1:${port}`,
    grpc.credentials.createInsecure(),
    channelOptions,
  )
  return {
    provider: await pluginProvider(client, request.package),
    async close() {
      client.close()
      child.kill()
    },
  }
}

async function findPlugin(request: ProviderRequest): Promise<string | undefined> {
  const name = `pulumi-resource-${request.package}`
  if (process.env['PULUMI_IGNORE_AMBIENT_PLUGINS'] === undefined) {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const file = join(folder, name)
      if (folder !== '' && (await isExecutable(file))) return file
    }
  }
  const wanted = { name: request.package, version: request.version }
  const installed = await installedPlugin(pulumiHome(process.env), wanted)
  return installed && executableOf(installed)
}

async function portOf(child: ChildProcess, file: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  child.once('error', reject)
  child.once('exit', (code, signal) =>
    reject(new Error(`${file} ended with ${signal ?? code} before it said its port`)),
  )
  if (!child.stdout) throw new Error(`${file} has no standard output`)
  createInterface({ input: child.stdout }).once('line', (line) => {
    const port = Number(line)
    if (Number.isInteger(port) && port > 0) resolve(port)
    else reject(new Error(`${file} said ${line} instead of its port`))
  })
  return promise
}

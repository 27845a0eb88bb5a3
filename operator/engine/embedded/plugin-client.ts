// An official provider plugin as an EngineProvider: starts the process, takes the port from its standard output and
// calls it by gRPC. Plugins are looked for on PATH, then in PULUMI_HOME/plugins.
import { spawn, type ChildProcess } from 'node:child_process'
import { access, constants, readdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import semver from 'semver'
import { missingAs } from './file-backend.ts'
import { pluginProvider } from './plugin-provider.ts'
import { channelOptions, grpc } from './protocol.ts'
import { ProviderClient } from './provider-protocol.ts'
import type { LoadedProvider, ProviderRequest } from './providers.ts'

export async function startPlugin(request: ProviderRequest): Promise<LoadedProvider> {
  const file = await findPlugin(request)
  if (file === undefined) {
    throw new Error(
      `no provider for package ${request.package}: neither the providers module nor a plugin pulumi-resource-${request.package} has it`,
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
    provider: await pluginProvider(client),
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
  const home = join(process.env['PULUMI_HOME'] ?? join(homedir(), '.pulumi'), 'plugins')
  const prefix = `resource-${request.package}-v`
  const installed = (await readdir(home).catch(missingAs<string[]>([])))
    .filter((folder) => folder.startsWith(prefix))
    .map((folder) => folder.slice(prefix.length))
    .filter((version) => semver.valid(version) !== null)
    .filter((version) => request.version === '' || semver.satisfies(version, `^${request.version}`))
  const [newest] = semver.rsort(installed)
  return newest === undefined ? undefined : join(home, `${prefix}${newest}`, name)
}

const isExecutable = (file: string): Promise<boolean> =>
  access(file, constants.X_OK).then(
    () => true,
    // Not there, or not for us.
    () => false,
  )

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

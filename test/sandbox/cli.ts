// npm run sandbox -- up | status | kubeconfig [cluster] | faults [list | add JSON | clear] | pulumi ... | down
// The sandbox kept for working by hand; the demo and the e2e tests use sandbox.ts and down.ts directly.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { clusterDir, readClusters, readNodes } from './box/state.ts'
import { cloudSpeedOf } from './cloud-speed.ts'
import { installCrateKube } from './cratekube.ts'
import { quickstart } from './demo/story.ts'
import { takeDown } from './down.ts'
import { holdingsOf } from './inventory.ts'
import { sandboxRoot } from './machine/paths.ts'
import { optionsOr } from './options.ts'
import { prepareSandbox } from './prepare.ts'
import { pulumi as runPulumi } from './pulumi.ts'
import { backendOf, defaultBackend, findSandbox, startSandbox, type Sandbox } from './sandbox.ts'
import { wantedMinors } from './tools/ensure.ts'

const usage = `npm run sandbox -- <command>
  up [--backend box|kwok|memory] [--cloud-speed 60] [--kubernetes 1.36,1.35]
                               start everything and leave it running; each version is built once, in minutes
  status                       what runs, where it is, and everything it holds on this machine
  kubeconfig [cluster]         path of the management cluster's kubeconfig, or of a tenant cluster's
  faults [list]                the faults that the AWS double plays
  faults add '<json>'          add one, e.g. {"match":{"operation":"CreateCluster"},"action":{"type":"throttle"}}
  faults clear                 remove them all
  pulumi <args>                the Pulumi CLI, or the embedded engine, over the tenants' stacks, e.g. stack ls --json
  down                         end everything, whatever state it is in
Each takes --root <folder>, to have several side by side.`

type Command = (root: string, args: readonly string[], options: Options) => Promise<void>
type Options = {
  readonly backend: string | undefined
  readonly 'cloud-speed': string
  readonly kubernetes: string | undefined
}

const commands: Readonly<Record<string, Command>> = { up, status, kubeconfig, faults, pulumi, down }

async function up(root: string, _args: readonly string[], options: Options): Promise<void> {
  const backend = backendOf(options.backend)
  const cloudSpeed = cloudSpeedOf(options['cloud-speed'])
  const running = await findSandbox(root)
  if (running !== undefined) {
    console.log(`already up: ${root}`)
    return describe(running)
  }
  await takeDown({ root, keepFiles: false }) // what a crash left
  await prepareSandbox([backend ?? defaultBackend()], (line) => console.log(line))
  const sandbox = await startSandbox({
    root,
    cloudSpeed,
    ...(options.kubernetes !== undefined && {
      kubernetesVersions: wantedMinors(options.kubernetes),
    }),
    onProgress: (line) => console.log(line),
    ...(backend !== undefined && { backend }),
  }).catch(async (error: unknown) => {
    await takeDown({ root, keepFiles: true })
    throw error
  })
  await startCrateKube(sandbox)
  describe(sandbox)
}

/** Manager, worker, and a namespace with credentials, ready for examples/quickstart. */
async function startCrateKube(sandbox: Sandbox): Promise<void> {
  const cratekube = await installCrateKube(sandbox)
  cratekube.startManager()
  cratekube.startWorker()
  await cratekube.prepareTenant(quickstart)
  cratekube.close()
}

async function status(root: string): Promise<void> {
  const sandbox = await findSandbox(root)
  if (sandbox === undefined) console.log(`not up: ${root}`)
  else describe(sandbox)
  for (const cluster of await readClusters(root)) {
    const nodes = await readNodes(root, cluster.name)
    const names = nodes.map((node) => node.name).join(', ') || 'no nodes'
    console.log(
      `cluster ${cluster.name} ${cluster.version} ${cluster.endpoint ?? '(starting)'} ${names}`,
    )
  }
  for (const [kind, list] of Object.entries(await holdingsOf(root))) {
    console.log(`${kind}: ${list.length}`)
    for (const item of list) {
      console.log(
        `  ${typeof item === 'string' ? item : `${item.pid} ${item.command.slice(0, 120)}`}`,
      )
    }
  }
  if (sandbox === undefined) return
  const objects = await askAws(sandbox, 'GET', 'inventory')
  if (!Array.isArray(objects)) return
  console.log(`aws objects: ${objects.length}`)
  for (const object of objects) console.log(`  ${JSON.stringify(object)}`)
}

async function kubeconfig(root: string, [cluster]: readonly string[]): Promise<void> {
  const sandbox = await mustBeUp(root)
  if (cluster === undefined) {
    console.log(sandbox.management.kubeconfigPath)
    return
  }
  const known = (await readClusters(root)).find(({ name }) => name === cluster)
  if (known === undefined) throw new Error(`there is no cluster ${cluster}; status lists them`)
  const dir = clusterDir(root, cluster)
  const path = join(
    dir,
    sandbox.backend === 'kwok' ? 'control-plane/kubeconfig' : 'admin.kubeconfig',
  )
  await readFile(path)
  console.log(path)
}

async function faults(root: string, [action = 'list', json]: readonly string[]): Promise<void> {
  const sandbox = await mustBeUp(root)
  const requests = {
    list: () => askAws(sandbox, 'GET', 'faults'),
    add: () => askAws(sandbox, 'POST', 'faults', json),
    clear: () => askAws(sandbox, 'DELETE', 'faults'),
  }
  const request = Object.entries(requests).find(([name]) => name === action)?.[1]
  if (request === undefined || (action === 'add' && json === undefined)) throw new Error(usage)
  console.log(JSON.stringify(await request(), undefined, 2))
}

async function pulumi(root: string, args: readonly string[]): Promise<void> {
  process.exitCode = await runPulumi(await mustBeUp(root), args)
}

async function down(root: string): Promise<void> {
  await takeDown({ root })
  console.log(`down: nothing is left of ${root}`)
}

function describe(sandbox: Sandbox): void {
  const { accessKeyId, secretAccessKey } = sandbox.aws.credentials
  console.log(`root        ${sandbox.root} (logs in log/)
clusters    ${sandbox.backend === 'box' ? 'real nodes in boxes' : `${sandbox.backend}: nodes are simulated`}
management  KUBECONFIG=${sandbox.management.kubeconfigPath}
redis       ${sandbox.redisUrl}
aws         AWS_ENDPOINT_URL=${sandbox.aws.endpoint} AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey}`)
}

async function mustBeUp(root: string): Promise<Sandbox> {
  const sandbox = await findSandbox(root)
  if (sandbox === undefined)
    throw new Error(`the sandbox is not up (${root}): npm run sandbox -- up`)
  return sandbox
}

async function askAws(
  sandbox: Sandbox,
  method: string,
  path: string,
  body?: string,
): Promise<unknown> {
  const url = `${sandbox.aws.endpoint}/_sandbox/${path}`
  const response = await fetch(url, { method, ...(body !== undefined && { body }) })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(`${method} ${path}: ${JSON.stringify(answer)}`)
  return answer
}

// What follows `pulumi` is Pulumi's.
const all = process.argv.slice(2)
const own = all.includes('pulumi') ? all.slice(0, all.indexOf('pulumi')) : all
const passedOn = all.slice(own.length)
const { values, positionals } = optionsOr(usage, {
  args: own,
  allowPositionals: true,
  options: {
    root: { type: 'string' },
    backend: { type: 'string' },
    'cloud-speed': { type: 'string', default: '60' },
    kubernetes: { type: 'string' },
  },
})
const [name = '', ...rest] = [...positionals, ...passedOn]
const command = commands[name]
if (command === undefined) {
  console.error(usage)
  process.exitCode = 2
} else {
  await command(values.root ?? sandboxRoot(), rest, {
    backend: undefined,
    kubernetes: undefined,
    ...values,
  }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  })
}

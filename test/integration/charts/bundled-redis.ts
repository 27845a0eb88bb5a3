// The bundled Redis, started by the very command of the chart's Deployment, on a port and in a folder of this machine.
import type { Manifest } from '../../../operator/framework/index.ts'
import { startRedis, type Redis } from '../../sandbox/redis/redis.ts'
import { parseManifests, release, template } from '../../support/helm.ts'

export type BundledRedis = Redis & { readonly password: string }

type Container = { command: string[]; args: string[] }
type PodOwner = { spec: { template: { spec: { containers: Container[] } } } }

export async function startBundledRedis(o: {
  root: string
  password: string
  /** Of the chart. */
  values?: Record<string, unknown>
  settings?: Record<string, string | number>
}): Promise<BundledRedis> {
  const { command, args } = containerOf(parseManifests(await template(o.values)))
  const [server = '', ...rest] = args
  const { PATH = '' } = process.env
  const redis = await startRedis({
    root: o.root,
    ...(o.settings && { settings: o.settings }),
    launch: (own) => ({
      command: command[0] ?? '',
      args: [...command.slice(1), server, ...own, ...rest],
      env: { PATH, REDIS_PASSWORD: o.password },
    }),
  })
  // With its own getters: which process it is changes with each restart.
  return Object.defineProperties(
    { ...redis, password: o.password },
    {
      ...Object.getOwnPropertyDescriptors(redis),
      url: { value: redis.url.replace('://', '://cratekube@'), enumerable: true },
    },
  )
}

function containerOf(manifests: Manifest[]): Container {
  const redis = manifests.find(
    ({ kind, metadata }) => kind === 'Deployment' && metadata.name === `${release}-redis`,
  )
  const [container] = (redis as PodOwner | undefined)?.spec.template.spec.containers ?? [] // a Deployment
  if (!container) throw new Error('the chart has no Redis')
  return container
}

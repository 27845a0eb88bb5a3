// The operators that the load-test bench measures: ours as it ships, and the peer's program when one is named.
import { basename, join } from 'node:path'
import { env, execPath } from 'node:process'
import { bundle } from '../../sandbox/bundle.ts'

export type LoadOperator = {
  /** Of its line of figures. */
  readonly name: string
  /** CustomResourceDefinitions, as YAML files. */
  readonly crds: readonly string[]
  readonly command: string
  /** `port` is for its probes. */
  readonly args: (port: number) => readonly string[]
  readonly env: (port: number) => Readonly<Record<string, string>>
  /** What its User-Agent begins with. */
  readonly agent: string
  /** When its caches were full and its handlers began, by its own log; in ms since the epoch. */
  readonly workingAt: (log: string) => number | undefined
}

const crds = ['crds/locusttests.yaml', 'crds/locustschedules.yaml']

export async function loadOperators(root: string): Promise<LoadOperator[]> {
  const { PEER_LOCUST_OPERATOR: program, PEER_LOCUST_CRD: crd } = env
  return [await ours(root), ...(program ? [peer(program, crd)] : [])]
}

async function ours(root: string): Promise<LoadOperator> {
  const program = join(root, 'loadtest.mjs')
  await bundle('loadtest', program)
  return {
    name: 'loadtest',
    crds,
    command: execPath,
    // As the chart starts it: memory before speed.
    args: () => ['--lite-mode', '--max-semi-space-size=1', program],
    env: (port) => ({ HEALTH_PORT: String(port), HEALTH_HOST: '127.0.0.1' }),
    agent: 'cratekube-loadtest',
    workingAt: (log) => {
      const line = log.split('\n').find((text) => text.includes('"msg":"working"'))
      return line === undefined ? undefined : (JSON.parse(line) as { time: number }).time // pino's
    },
  }
}

/** A controller-runtime manager whose console log begins with an ISO time, in colours or not. */
const peer = (program: string, crd: string | undefined): LoadOperator => ({
  name: 'loadtest-peer',
  crds: crd ? [crd] : crds,
  command: program,
  args: (port) => [`--health-probe-bind-address=127.0.0.1:${port}`],
  env: () => ({}),
  agent: `${basename(program)}/`,
  workingAt: (log) => {
    const line = log.split('\n').find((text) => text.includes('Starting workers'))
    return line === undefined ? undefined : Date.parse(/\d{4}-[\d:.T-]+Z?/.exec(line)?.[0] ?? '')
  },
})

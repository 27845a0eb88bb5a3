// The environment of each process as typed values: the one place that knows the names of variables.
// Called by operator/bin only. Every variable is described where it is parsed.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { providerVariables } from '../provider/variables.ts'

type Env = Record<string, string | undefined>

const seconds = (fallback: number) =>
  z.coerce
    .number()
    .min(0)
    .default(fallback)
    .transform((value) => value * 1000)

const common = z.object({
  CRATEKUBE_REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .refine(isRedisUrl, 'expected special characters as %XX, and a number after the last /')
    .describe('Redis, such as rediss://user:password@redis:6379/0; redis:// is without TLS.'),
  CRATEKUBE_REDIS_PASSWORD: z
    .string()
    .optional()
    .describe('Password for Redis as it is, in place of one in the URL.'),
  CRATEKUBE_REDIS_CA_FILE: z
    .string()
    .transform(readAuthorities)
    .optional()
    .describe(
      'File with the authorities that a rediss:// Redis is trusted by, as PEM, in place of the usual ones. Read at the start.',
    ),
  CRATEKUBE_REDIS_PREFIX: z
    .string()
    .min(1)
    .default('cratekube')
    .describe('Begins every key in Redis, so that several CrateKubes can share one.'),
  CRATEKUBE_NAMESPACE: z
    .string()
    .min(1)
    .default('cratekube-system')
    .describe('The namespace CrateKube itself runs in; its Leases are there.'),
  CRATEKUBE_IDENTITY: z
    .string()
    .min(1)
    .optional()
    .describe('Name of this process among its replicas; the host’s name and the pid by default.'),
  CRATEKUBE_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error'])
    .default('info')
    .describe('Least level of log lines.'),
  CRATEKUBE_HEALTH_PORT: z.coerce
    .number()
    .int()
    .min(0)
    .max(65535)
    .default(8080)
    .describe('Port of /healthz, /readyz and /metrics.'),
  CRATEKUBE_HEALTH_HOST: z.string().default('0.0.0.0').describe('Address that port is bound to.'),
  KUBECONFIG: z
    .string()
    .optional()
    .describe('Kubeconfig of the management cluster; the service account by default.'),
  CRATEKUBE_IMAGE_REGISTRIES: z
    .string()
    .default('')
    .transform((list) => list.split(',').flatMap((entry) => entry.trim() || []))
    .describe(
      'Registries, or folders in them, that the images of TenantClusters may come from, such as ghcr.io/cratekube, with commas between them; all by default.',
    ),
  ...providerVariables,
  HTTPS_PROXY: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe(
      'Proxy on the way to the cloud and to the API servers of tenants; not to Redis nor to the management cluster.',
    ),
  HTTP_PROXY: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('The same for addresses that begin with http://.'),
  NO_PROXY: z
    .string()
    .optional()
    .describe(
      'Hosts and domains that are reached without the proxy, such as .example.com, with commas between them; this machine always is.',
    ),
})

const manager = common.extend({
  CRATEKUBE_LEADER_ELECTION: z
    .stringbool()
    .default(true)
    .describe('Whether replicas elect a leader; false for a single process.'),
  CRATEKUBE_DRIFT_SECONDS: seconds(12 * 3600).describe(
    'A Ready cluster is compared with what is in the cloud when its last operation is older; 0 never.',
  ),
  CRATEKUBE_RESYNC_SECONDS: seconds(60).describe(
    'How often the health of a Ready cluster is measured.',
  ),
  CRATEKUBE_MAX_OPERATIONS_PER_NAMESPACE: z.coerce
    .number()
    .int()
    .min(1)
    .default(10)
    .describe(
      'Operations of one namespace at a time; others of it wait. Between namespaces workers take turns.',
    ),
})

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url))

const worker = common.extend({
  CRATEKUBE_WORKER_CONCURRENCY: z.coerce
    .number()
    .int()
    .min(1)
    .max(100)
    .optional()
    .describe('Operations at a time; by default as many as fit into the memory.'),
  CRATEKUBE_ENGINE: z
    .enum(['auto', 'cli', 'embedded'])
    .default('auto')
    .describe(
      'Who runs Pulumi programs: cli and auto, the official CLI; embedded, the built-in engine, for trials where there is no CLI.',
    ),
  CRATEKUBE_STATE_BACKEND: z
    .string()
    .regex(/^(file|s3):\/\//, 'expected a URL such as file:///var/lib/cratekube/state')
    .describe(
      'Pulumi backend that holds the stacks, such as file:///var/lib/cratekube/state or s3://bucket.',
    ),
  CRATEKUBE_STATE_PASSPHRASE_FILE: z
    .string()
    .describe(
      'File with the master passphrase, of which each tenant’s stacks get one of their own that encrypts secrets in the state.',
    ),
  CRATEKUBE_STATE_PREVIOUS_PASSPHRASE_FILE: z
    .string()
    .optional()
    .describe(
      'File with the master passphrase before it: a stack that is still sealed under it is sealed anew by its next operation.',
    ),
  CRATEKUBE_STATE_SECRETS_PROVIDER: z
    .string()
    .regex(
      /^(awskms|azurekeyvault|gcpkms|hashivault):\/\/.+/,
      'expected a URL such as awskms://alias/cratekube?region=eu-west-1',
    )
    .optional()
    .describe(
      'Key of a key service that seals the stacks instead of passphrases, such as awskms://alias/cratekube?region=eu-west-1; with the official CLI only.',
    ),
  CRATEKUBE_PROGRAMS_MODULE: z
    .string()
    .default(fromHere('./programs.ts'))
    .describe('Module with the Pulumi programs, for the runner.'),
  CRATEKUBE_PROVIDERS_MODULE: z
    .string()
    .optional()
    .describe('Module with providers of the embedded engine; plugins by default.'),
  CRATEKUBE_JAIL: z
    .string()
    .min(1)
    .default('/usr/local/bin/jail')
    .describe(
      'Program that keeps a runner from the files and processes of others, by Landlock; none where they may see them.',
    ),
  CRATEKUBE_DRAIN_SECONDS: seconds(300).describe(
    'How long load balancers and volumes of a cluster may take to go when it is deleted.',
  ),
  CRATEKUBE_GRACE_SECONDS: seconds(60).describe(
    'How long a running operation may take to stop before it is interrupted harder.',
  ),
})

/** Names every variable that is wrong, and what it should be. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
}

export function managerConfig(env: Env) {
  const parsed = parse(manager, env)
  return {
    ...commonConfig(parsed),
    leaderElection: parsed.CRATEKUBE_LEADER_ELECTION,
    driftMs: parsed.CRATEKUBE_DRIFT_SECONDS,
    resyncMs: parsed.CRATEKUBE_RESYNC_SECONDS,
    maxOperationsPerNamespace: parsed.CRATEKUBE_MAX_OPERATIONS_PER_NAMESPACE,
  }
}

export function workerConfig(env: Env) {
  const parsed = parse(worker, env)
  return {
    ...commonConfig(parsed),
    concurrency: parsed.CRATEKUBE_WORKER_CONCURRENCY,
    drainMs: parsed.CRATEKUBE_DRAIN_SECONDS,
    graceMs: parsed.CRATEKUBE_GRACE_SECONDS,
    jail: parsed.CRATEKUBE_JAIL === 'none' ? undefined : parsed.CRATEKUBE_JAIL,
    passphraseFile: parsed.CRATEKUBE_STATE_PASSPHRASE_FILE,
    previousPassphraseFile: parsed.CRATEKUBE_STATE_PREVIOUS_PASSPHRASE_FILE,
    engine: {
      engine: parsed.CRATEKUBE_ENGINE,
      backendUrl: parsed.CRATEKUBE_STATE_BACKEND,
      ...(parsed.CRATEKUBE_STATE_SECRETS_PROVIDER && {
        secretsProvider: parsed.CRATEKUBE_STATE_SECRETS_PROVIDER,
      }),
      programsModule: parsed.CRATEKUBE_PROGRAMS_MODULE,
      ...(parsed.CRATEKUBE_PROVIDERS_MODULE && {
        providersModule: parsed.CRATEKUBE_PROVIDERS_MODULE,
      }),
    },
  }
}

/** Every variable of a process with its description and default, for the reference documentation. */
export const variables = { manager: manager.shape, worker: worker.shape }

function commonConfig(parsed: z.infer<typeof common>) {
  return {
    redis: redisOf(parsed),
    namespace: parsed.CRATEKUBE_NAMESPACE,
    identity: parsed.CRATEKUBE_IDENTITY ?? `${hostname()}-${process.pid}`,
    logLevel: parsed.CRATEKUBE_LOG_LEVEL,
    health: { port: parsed.CRATEKUBE_HEALTH_PORT, host: parsed.CRATEKUBE_HEALTH_HOST },
    kubeconfig: parsed.KUBECONFIG,
    imageRegistries: parsed.CRATEKUBE_IMAGE_REGISTRIES,
    proxy: proxyOf(parsed),
    /** Those of the environment that are a provider's to read. */
    providerVariables: Object.fromEntries(
      Object.keys(providerVariables).map((name) => [name, parsed[name as keyof typeof parsed]]),
    ) as Record<string, string | undefined>, // what an environment can hold
  }
}

function redisOf({
  CRATEKUBE_REDIS_URL: url,
  CRATEKUBE_REDIS_PREFIX: prefix,
  CRATEKUBE_REDIS_PASSWORD: password,
  CRATEKUBE_REDIS_CA_FILE: ca,
}: z.infer<typeof common>) {
  // Who names authorities wants TLS: nothing may be sent without.
  if (ca && !url.startsWith('rediss:')) {
    throw new ConfigError(
      'environment: CRATEKUBE_REDIS_CA_FILE: expected none unless CRATEKUBE_REDIS_URL is rediss://',
    )
  }
  return { url, prefix, ...(password && { password }), ...(ca && { ca }) }
}

function isRedisUrl(text: string): boolean {
  const url = URL.parse(text)
  if (!url) return true // said already
  try {
    return Boolean([url.username, url.password].map(decodeURIComponent)) && /^\/?\d*$/.test(url.pathname) // prettier-ignore
  } catch {
    return false // a lone %
  }
}

function readAuthorities(path: string, context: z.RefinementCtx): string {
  const problem = (message: string) => {
    context.addIssue({ code: 'custom', message: `expected a file of PEM certificates, ${message}` })
    return z.NEVER
  }
  try {
    const pem = readFileSync(path, 'utf8')
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs)
    for (const each of certificates ?? []) new X509Certificate(each)
    return certificates ? pem : problem(`${path} has none`)
  } catch (error) {
    return problem(`${path}: ${(error as Error).message}`) // of node:fs or node:crypto
  }
}

/** As variables again, which is how Node's agents and the processes of a runner take them. */
function proxyOf({
  HTTPS_PROXY,
  HTTP_PROXY,
  NO_PROXY,
}: z.infer<typeof common>): Record<string, string> | undefined {
  if (HTTPS_PROXY === undefined && HTTP_PROXY === undefined) return undefined
  return {
    ...(HTTPS_PROXY && { HTTPS_PROXY }),
    ...(HTTP_PROXY && { HTTP_PROXY }),
    // An engine and its plugins talk to one another on this machine.
    NO_PROXY: ['localhost', '127.0.0.1', '::1', ...(NO_PROXY ? [NO_PROXY] : [])].join(','),
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, env: Env): z.infer<Schema> {
  // A variable that a chart leaves empty is not set.
  const given = Object.fromEntries(
    Object.entries({ ...capitalised(env), ...env }).filter(([, value]) => value !== ''),
  )
  const { success, data, error } = schema.safeParse(given)
  if (success) return data
  // Values stay out of the message: some are secret.
  const problems = error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new ConfigError(`environment: ${problems.join('; ')}`)
}

/** Curl made the names of proxies common in small letters. */
const capitalised = (env: Env): Env =>
  Object.fromEntries(
    ['https_proxy', 'http_proxy', 'no_proxy']
      .filter((name) => env[name] !== undefined)
      .map((name) => [name.toUpperCase(), env[name]]),
  )

// The kubernetes provider's functions: rendering a Helm chart with the helm binary, and reading YAML.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { boolCoreTag, loadAll, YAML11_SCHEMA } from 'js-yaml'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { isObject } from '../../../../operator/engine/embedded/values/values.ts'

type Context = { namespace: string; env: Record<string, string | undefined>; signal: AbortSignal }

export async function invokeKubernetes(
  token: string,
  args: Props,
  context: Context,
): Promise<Props> {
  if (token === 'kubernetes:yaml:decode')
    return { result: decode(String(args['text']), defaultNamespaceOf(args, context)) }
  if (token === 'kubernetes:helm:template') {
    const options: unknown = JSON.parse(String(args['jsonOpts']))
    if (!isObject(options)) throw new Error('kubernetes:helm:template: jsonOpts is not an object')
    return { result: decode(await helmTemplate(options, context), namespaceOf(options, context)) }
  }
  throw new Error(`the kubernetes provider double does not know the function ${token}`)
}

const defaultNamespaceOf = (args: Props, context: Context): string =>
  typeof args['defaultNamespace'] === 'string' ? args['defaultNamespace'] : context.namespace

const namespaceOf = (options: Props, context: Context): string =>
  typeof options['namespace'] === 'string' ? options['namespace'] : context.namespace

// YAML 1.1 for its octal file modes, but without its taking of y, yes and on for true.
const asKubernetes = YAML11_SCHEMA.withTags(boolCoreTag)

/** Reads something of a chart's size a few times: until it is compiled the parser takes four times as long. */
export async function compileDecoder(): Promise<void> {
  const crd = new URL('../../../../crds/locusttests.yaml', import.meta.url)
  const text = await readFile(crd, 'utf8')
  for (let round = 0; round < 4; round += 1) decode(text, '')
}

/** Objects of a YAML text; lists are opened. */
export function decode(text: string, namespace: string): Props[] {
  return loadAll(text, { schema: asKubernetes }).flatMap((document) =>
    objectsIn(document, namespace),
  )
}

function objectsIn(value: unknown, namespace: string): Props[] {
  if (!isObject(value) || Object.keys(value).length === 0) return []
  const { items } = value
  if (String(value['kind']).endsWith('List') && Array.isArray(items))
    return items.flatMap((item: unknown) => objectsIn(item, namespace))
  return [value]
}

const known = new Set(['api_versions', 'chart', 'fetch_opts', 'include_test_hook_resources', 'kube_version', 'namespace', 'path', 'release_name', 'repo', 'resource_prefix', 'skip_crd_rendering', 'skipAwait', 'transformations', 'values', 'version', 'untar_dir']) // prettier-ignore

async function helmTemplate(options: Props, context: Context): Promise<string> {
  const unknown = Object.keys(options).filter((key) => !known.has(key))
  if (unknown.length > 0)
    throw new Error(
      `the kubernetes provider double does not support helm options: ${unknown.join(', ')}`,
    )
  const dir = await mkdtemp(path.join(tmpdir(), 'helm-template-'))
  try {
    const values = path.join(dir, 'values.json')
    await writeFile(values, JSON.stringify(options['values'] ?? {}), { mode: 0o600 })
    const run = promisify(execFile)
    const { stdout } = await run('helm', [...templateArgs(options, context), '--values', values], {
      env: {
        ...process.env,
        ...context.env,
        HELM_CACHE_HOME: dir,
        HELM_CONFIG_HOME: dir,
        HELM_DATA_HOME: dir,
      },
      maxBuffer: 64 * 1024 * 1024,
      signal: context.signal,
    })
    return stdout
  } catch (error) {
    const said =
      isObject(error) && typeof error['stderr'] === 'string' ? `: ${error['stderr'].trim()}` : ''
    throw new Error(`helm template ${String(options['release_name'])} failed${said}`, {
      cause: error,
    })
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

export function templateArgs(options: Props, context: { namespace: string }): string[] {
  const chart = options['path'] ?? options['chart']
  const optional = (flag: string, value: unknown) =>
    typeof value === 'string' ? [flag, value] : []
  const fetchOptions = isObject(options['fetch_opts']) ? options['fetch_opts'] : {}
  const versions = Array.isArray(options['api_versions']) ? options['api_versions'].map(String) : []
  return [
    'template',
    String(options['release_name']),
    String(chart),
    '--namespace',
    typeof options['namespace'] === 'string' ? options['namespace'] : context.namespace,
    ...(options['skip_crd_rendering'] === true ? ['--skip-crds'] : ['--include-crds']),
    ...(options['include_test_hook_resources'] === true ? [] : ['--skip-tests']),
    ...optional('--version', options['version']),
    ...optional('--repo', fetchOptions['repo'] ?? options['repo']),
    ...optional('--kube-version', options['kube_version']),
    ...versions.flatMap((version) => ['--api-versions', version]),
  ]
}

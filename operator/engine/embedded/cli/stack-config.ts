// Pulumi.yaml and Pulumi.<stack>.yaml of the working directory: project name, config values, encryption salt.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump, load, loadAll } from 'js-yaml'
import { missingAs } from '../state/file-backend.ts'
import type { Secrets } from '../state/secrets.ts'

export type ConfigValue = string | { secure: string }

export type StackConfig = {
  encryptionsalt?: string
  config?: Record<string, ConfigValue>
}

export async function readProject(workDir: string): Promise<{ name: string; backendUrl?: string }> {
  const text = await readFile(join(workDir, 'Pulumi.yaml'), 'utf8').catch(missingAs(undefined))
  if (text === undefined) throw new Error(`no Pulumi.yaml project file found in ${workDir}`)
  // Only these two keys are read, and the name is proven.
  const project = load(text) as { name?: unknown; backend?: { url?: string } }
  if (typeof project.name !== 'string') throw new Error('Pulumi.yaml has no name')
  const url = project.backend?.url
  return url === undefined ? { name: project.name } : { name: project.name, backendUrl: url }
}

const fileOf = (workDir: string, stack: string) => join(workDir, `Pulumi.${stack}.yaml`)

export async function readStackConfig(workDir: string, stack: string): Promise<StackConfig> {
  const text = await readFile(fileOf(workDir, stack), 'utf8').catch(missingAs(''))
  // Written by us or by the SDK; structured values are refused where config is resolved.
  const [document = {}] = loadAll(text) // none in an empty file
  const config = document as StackConfig & { secretsprovider?: string }
  if (config.secretsprovider && config.secretsprovider !== 'passphrase') {
    throw new Error(
      `the embedded engine knows the passphrase secrets provider only, not ${config.secretsprovider}`,
    )
  }
  return config
}

export async function writeStackConfig(
  o: { workDir: string; stack: string },
  config: StackConfig,
): Promise<void> {
  await writeFile(fileOf(o.workDir, o.stack), dump(config, { lineWidth: -1 }), { mode: 0o600 })
}

export const removeStackConfig = (workDir: string, stack: string): Promise<void> =>
  rm(fileOf(workDir, stack), { force: true })

/** `key` alone means the project's own namespace; the old `project:config:key` is still taken. */
export function fullKey(project: string, key: string): string {
  const parts = key.split(':')
  if (parts.length === 1) return `${project}:${key}`
  return parts.length === 3 ? `${parts[0]}:${parts[2]}` : key
}

export type ResolvedConfig = { values: Map<string, string>; secretKeys: string[] }

/** Config in the clear, as the program gets it. */
export function resolveConfig(
  config: StackConfig,
  o: { project: string; secrets: Secrets },
): ResolvedConfig {
  const values = new Map<string, string>()
  const secretKeys: string[] = []
  for (const [name, value] of Object.entries(config.config ?? {})) {
    const key = fullKey(o.project, name)
    if (typeof value === 'object' && value !== null) {
      if (typeof value.secure !== 'string')
        throw new Error(`config ${key}: structured values are left to the official CLI`)
      values.set(key, o.secrets.decrypt(value.secure))
      secretKeys.push(key)
    } else values.set(key, String(value))
  }
  return { values, secretKeys }
}

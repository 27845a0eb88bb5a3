// `pulumi` over the sandbox's stacks, in this repository: the official CLI when it is installed, the embedded engine's own
// command lines (`stack ls --json`, `stack output --json`, `stack export`, ...) otherwise.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findCli } from '../../operator/engine/engine-command.ts'
import { embeddedCommand } from '../../operator/engine/embedded/cli/command.ts'
import { providerSource } from '../../operator/engine/embedded/providers/provider-source.ts'
import { stateOf } from './cratekube.ts'
import { repository } from './manifests.ts'
import type { Sandbox } from './sandbox.ts'

/** Each tenant's stacks have a passphrase of their own; what names no stack needs none. */
function stackAmong(args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => arg === '--stack' || arg === '-s')
  if (at >= 0) return args[at + 1]
  return args.find((arg) => arg.startsWith('--stack='))?.slice('--stack='.length)
}

/** Exit code. */
export async function pulumi(sandbox: Sandbox, args: readonly string[]): Promise<number> {
  const { backendUrl, keys } = stateOf(sandbox)
  const stack = stackAmong(args)
  const env = {
    PULUMI_BACKEND_URL: backendUrl,
    ...(stack !== undefined && { PULUMI_CONFIG_PASSPHRASE: keys.passphraseOf(stack) }),
  }
  const cli = findCli(process.env['PATH'] ?? '')
  if (cli) {
    const options = { cwd: repository, env: { ...process.env, ...env }, stdio: 'inherit' } as const
    return spawnSync(cli, args, options).status ?? 1
  }
  const runDir = await mkdtemp(join(tmpdir(), 'cratekube-pulumi-'))
  try {
    const command = embeddedCommand({
      source: providerSource(undefined),
      runDir,
      toError: ({ stderr }) => new Error(stderr),
    })
    const { stdout, stderr } = await command.run([...args], repository, env)
    process.stdout.write(stdout.replace(/([^\n])$/, '$1\n'))
    process.stderr.write(stderr)
    return 0
  } finally {
    await rm(runDir, { recursive: true, force: true })
  }
}

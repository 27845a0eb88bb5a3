// Watch mode: Node's own, which starts the process again when a file that it has loaded is saved.
import { spawn } from 'node:child_process'

/** Says to the process that it is the one that is started again, and watches nothing itself. */
export const watchedVariable = 'FRAMEWORK_WATCHED'

/** Resolves with the exit code when the signal came. */
export function runWatching(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<number> {
  const child = spawn(process.execPath, ['--watch', '--watch-preserve-output', ...command], {
    stdio: 'inherit',
    env: { ...env, [watchedVariable]: 'true' },
  })
  const stop = () => void child.kill('SIGTERM')
  signal.addEventListener('abort', stop, { once: true })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(signal.aborted ? 0 : (code ?? 1)))
  })
}

// Runs the program: the SDK in the caller's process serves LanguageRuntime.Run, and the program then talks to monitor.ts.
import { clients, channelOptions, errorText, grpc, pb } from '../wire/protocol.ts'
import { fail, isStopped, type Update } from './run.ts'

/** How long a program may take to end after the operation has failed or was cancelled. */
const stopDeadlineMs = 10_000

export async function runProgram(
  run: Update,
  o: { client: string; workDir: string },
): Promise<void> {
  if (o.client === '')
    throw new Error(
      'the embedded engine runs inline programs only: use the official Pulumi CLI for others',
    )
  const client = new clients.Language(o.client, grpc.credentials.createInsecure(), channelOptions)
  const { promise, resolve } = Promise.withResolvers<Error | undefined>()
  const call = client.run(requestOf(run, o), (error: Error | null) => resolve(error ?? undefined))
  using _deadline = cancelWhenStopped(run, () => call.cancel())
  const error = await promise
  client.close()
  // After a failed step the program’s own error only repeats it.
  if (error && !isStopped(run)) fail(run, new Error(errorText(error)))
}

function requestOf(run: Update, o: { workDir: string }) {
  const request = new pb.language.RunRequest()
    .setProject(run.project)
    .setStack(run.stack)
    .setOrganization('organization')
    .setPwd(o.workDir)
    .setArgsList([run.addresses.engine])
    .setMonitorAddress(run.addresses.monitor)
    .setDryrun(run.dryRun)
    .setParallel(run.parallel)
    .setConfigsecretkeysList(run.config.secretKeys)
  for (const [key, value] of run.config.values) request.getConfigMap().set(key, value)
  return request
}

/** A program may wait for ever for outputs that will not come. */
function cancelWhenStopped(run: Update, cancel: () => void): Disposable {
  let stoppedAt: number | undefined
  const timer = setInterval(() => {
    if (!isStopped(run) || run.slots.taken() > 0) stoppedAt = undefined
    else stoppedAt ??= Date.now()
    if (stoppedAt !== undefined && Date.now() - stoppedAt > stopDeadlineMs) cancel()
  }, 500)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

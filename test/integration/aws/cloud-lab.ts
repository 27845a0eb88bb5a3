// An account of the AWS double with a caller whom the policy of the guide binds, what asks AWS as that caller, and a folder,
// for states.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { awsClients, type Aws } from '../../../operator/aws/access/clients.ts'
import type { KeyPair } from '../../sandbox/aws/auth/credentials.ts'
import { boundToGuide } from '../../support/aws-policy.ts'
import { awsLab, region, type Lab } from '../sandbox/aws/fixture.ts'

export type CloudLab = Lab & AsyncDisposable & { caller: KeyPair; asCaller: Aws; folder: string }

export async function cloudLab(o: { unbound?: boolean } = {}): Promise<CloudLab> {
  await using end = new AsyncDisposableStack()
  const lab = await awsLab()
  end.defer(() => lab.stop())
  const caller = o.unbound ? lab.aws.credentials : boundToGuide(lab.aws)
  const { endpoint } = lab.aws
  const asCaller = end.use(awsClients({ region, credentials: caller, endpoint }))
  const folder = await mkdtemp(path.join(tmpdir(), 'cloud-lab-'))
  end.defer(() => rm(folder, { recursive: true, force: true }))
  const all = end.move()
  return { ...lab, caller, asCaller, folder, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

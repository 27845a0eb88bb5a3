// The `aws` of the production image, behind operator/image/aws: see get-token.ts. Credentials come from
// the environment, which in a runner holds those of one tenant.
import process from 'node:process'
import { awsCommand } from './get-token.ts'

const result = await awsCommand(process.argv.slice(2), {
  env: process.env,
  now: new Date(),
  assumeRole: async (roleArn, o) => {
    const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts')
    const sts = new STSClient(o)
    try {
      const request = { RoleArn: roleArn, RoleSessionName: 'cratekube-eks-get-token' }
      const { Credentials: found } = await sts.send(new AssumeRoleCommand(request))
      if (!found?.AccessKeyId || !found.SecretAccessKey)
        throw new Error(`${roleArn}: no credentials`)
      return {
        accessKeyId: found.AccessKeyId,
        secretAccessKey: found.SecretAccessKey,
        ...(found.SessionToken && { sessionToken: found.SessionToken }),
      }
    } finally {
      sts.destroy()
    }
  },
})
process.stdout.write(result.stdout)
process.stderr.write(result.stderr)
process.exitCode = result.code

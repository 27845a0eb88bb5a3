// An account of the AWS double, filled by the real cloud program: the SDK's mocks hand every registration to the double
// of the official provider, which makes it. No engine and no state, so what is there is known by AWS alone.
import { providers } from '../../sandbox/providers/index.ts'
import type { EngineProvider } from '../../../operator/engine/embedded/providers/provider.ts'
import type { Props } from '../../../operator/engine/embedded/values/props.ts'
import type { TenantInput } from '../../../operator/api/tenant/stack.ts'
import { programs } from '../../../programs/index.ts'
import { record } from '../../support/pulumi-recorder.ts'
import type { KeyPair } from '../../sandbox/aws/auth/credentials.ts'
import { region, type Lab } from '../sandbox/aws/fixture.ts'

export type Made = { type: string; name: string; id: string; inputs: Props; outputs: Props }

/** The environment of a runner. */
export const environment = (
  lab: Lab,
  keys: KeyPair = lab.aws.credentials,
): Record<string, string> => ({
  AWS_REGION: region,
  AWS_ENDPOINT_URL: lab.aws.endpoint,
  AWS_ACCESS_KEY_ID: keys.accessKeyId,
  AWS_SECRET_ACCESS_KEY: keys.secretAccessKey,
  ...(keys.sessionToken !== undefined && { AWS_SESSION_TOKEN: keys.sessionToken }),
  CRATEKUBE_POLL_MS: '10',
})

/** Everything made, in the order in which it was. */
export async function fill(
  tenant: TenantInput,
): Promise<{ made: Made[]; provider: EngineProvider }> {
  const provider = providers.aws()
  await provider.configure?.({ region })
  const made: Made[] = []
  const create = async (type: string, name: string, news: Props): Promise<Made> => {
    const urn = `urn:pulumi:stack::cratekube::${type}::${name}`
    const { inputs = {}, failures = [] } = (await provider.check?.(urn, {}, news)) ?? {}
    if (failures.length > 0) throw new Error(`${type} ${name}: ${JSON.stringify(failures)}`)
    const result = await provider.create?.(urn, inputs, { timeoutSeconds: 60, preview: false })
    const entry = { type, name, id: result?.id ?? '', inputs, outputs: result?.outputs ?? {} }
    made.push(entry)
    return entry
  }
  await record(programs.cloud, tenant, {
    state: async ({ type, name, inputs }) => {
      if (type === 'eks:index:Cluster') return controlPlane(await create(...cluster(inputs, made)))
      if (!type.startsWith('aws:')) return {}
      const { id, outputs } = await create(type, name, inputs)
      return { ...outputs, id }
    },
    call: async (token, args) => (await provider.invoke?.(token, args))?.outputs ?? {},
  })
  return { made, provider }
}

/** What eks.Cluster makes of the strict preset. */
function cluster(args: Props, made: Made[]): [string, string, Props] {
  const role = made.find((m) => m.type === 'aws:iam/role:Role' && m.name === 'control-plane')
  const inputs = {
    name: args['name'],
    version: args['version'],
    roleArn: role?.outputs['arn'],
    vpcConfig: { subnetIds: args['subnetIds'] },
    accessConfig: { authenticationMode: 'API', bootstrapClusterCreatorAdminPermissions: true },
    bootstrapSelfManagedAddons: false,
    tags: args['tags'],
  }
  return ['aws:eks/cluster:Cluster', 'cluster-eksCluster', inputs]
}

function controlPlane({ outputs }: Made): Props {
  const server = outputs['endpoint']
  const clusters = [{ cluster: { server, 'certificate-authority-data': 'Q0E=' } }]
  const { clusterSecurityGroupId } = outputs['vpcConfig'] as { clusterSecurityGroupId: string } // as the provider has it
  return { kubeconfig: { clusters }, clusterSecurityGroupId }
}

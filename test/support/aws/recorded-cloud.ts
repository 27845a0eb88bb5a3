// The cloud program under mocks, with the few answers of AWS that it asks for.
import { programs } from '../../../programs/index.ts'
import { record, type Recording } from '../pulumi-recorder.ts'
import { tenantInput } from '../tenant-input.ts'

export const kubeconfig = {
  clusters: [{ cluster: { server: 'https://api.example', 'certificate-authority-data': 'Q0E=' } }],
}

/** Records the program for a spec; `aws` goes into spec.provider.aws. `zones` are those of the region, `gaps` what they lack. */
export const recordCloud = async (
  spec: Parameters<typeof tenantInput>[0] = {},
  {
    zones = ['d', 'c', 'b', 'a'].map((zone) => `eu-west-1${zone}`),
    gaps = {},
  }: { zones?: string[]; gaps?: Record<string, string[]> } = {},
): Promise<Recording> =>
  await record(programs.cloud, tenantInput(spec), {
    state: (r) =>
      r.type === 'eks:index:Cluster' ? { kubeconfig, clusterSecurityGroupId: 'sg-cluster' } : {},
    call: (token, args) => {
      switch (token) {
        case 'aws:index/getAvailabilityZones:getAvailabilityZones':
          return { names: zones, zoneIds: zones.map((_, i) => `euw1-az${i + 1}`) }
        case 'aws:ec2/getVpcEndpointService:getVpcEndpointService': {
          const lacking = gaps[String(args['serviceName']).split('.').slice(3).join('.')] ?? []
          return { availabilityZones: zones.filter((zone) => !lacking.includes(zone)) }
        }
        case 'aws:eks/getAddonVersion:getAddonVersion':
          return { version: `${args['addonName']} for ${args['kubernetesVersion']}` }
        default:
          throw new Error(`unexpected call of ${token}`)
      }
    },
  })

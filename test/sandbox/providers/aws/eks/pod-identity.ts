// aws:eks/podIdentityAssociation:PodIdentityAssociation.
import type {
  PodIdentityAssociationArgs,
  PodIdentityAssociationState,
} from '@pulumi/aws/eks/podIdentityAssociation.js'
import type { AwsContext } from '../context.ts'
import { present } from '../ec2/calls.ts'
import { eks, isTransient, tagArn } from './calls.ts'
import { ifExists } from '../errors.ts'
import { withoutSystemTags } from '../tags.ts'
import { type AwsType, awsType, fixed, mutable } from '../type.ts'

// The state's id is the association's; the cluster comes with the state.
const describeIdentity = async (ctx: AwsContext, clusterName: string | undefined, id: string) =>
  (await ifExists(eks(ctx).describePodIdentityAssociation({ clusterName, associationId: id })))
    ?.association

const podIdentityAssociation = awsType<PodIdentityAssociationArgs, PodIdentityAssociationState>({
  label: 'EKS Pod Identity Association',
  inputs: {
    clusterName: fixed(),
    namespace: fixed(),
    serviceAccount: fixed(),
    roleArn: mutable(),
    targetRoleArn: mutable(),
    disableSessionTags: mutable({ computed: true }),
    tags: mutable(),
  },
  async create(ctx, inputs) {
    const call = () =>
      eks(ctx).createPodIdentityAssociation({
        clusterName: inputs.clusterName,
        namespace: inputs.namespace,
        serviceAccount: inputs.serviceAccount,
        roleArn: inputs.roleArn,
        clientRequestToken: ctx.token,
        tags: ctx.tags,
        ...present({
          targetRoleArn: inputs.targetRoleArn,
          disableSessionTags: inputs.disableSessionTags,
        }),
      })
    const answer = await ctx.retrying(call, isTransient)
    return answer.association?.associationId ?? ''
  },
  async read(ctx, id, state) {
    const found = await describeIdentity(ctx, state.clusterName, id)
    if (!found) return undefined
    return {
      associationArn: found.associationArn,
      associationId: found.associationId,
      clusterName: found.clusterName,
      disableSessionTags: found.disableSessionTags ?? false,
      externalId: found.externalId ?? '',
      namespace: found.namespace,
      roleArn: found.roleArn,
      serviceAccount: found.serviceAccount,
      targetRoleArn: found.targetRoleArn ?? '',
      tagsAll: withoutSystemTags(found.tags),
    }
  },
  async update(ctx, id, { inputs, changed }) {
    if (changed.size === 0) return
    await eks(ctx).updatePodIdentityAssociation({
      clusterName: inputs.clusterName,
      associationId: id,
      roleArn: inputs.roleArn,
      ...present({
        targetRoleArn: inputs.targetRoleArn,
        disableSessionTags: inputs.disableSessionTags,
      }),
    })
  },
  tag: (ctx, _id, change) => tagArn(ctx, String(change.outputs['associationArn']), change),
  async delete(ctx, id, state) {
    const { clusterName } = state
    await ifExists(eks(ctx).deletePodIdentityAssociation({ clusterName, associationId: id }))
  },
})

export const types: Record<string, AwsType> = {
  'aws:eks/podIdentityAssociation:PodIdentityAssociation': podIdentityAssociation,
}

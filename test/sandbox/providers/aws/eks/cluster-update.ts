// Changes of an EKS cluster, in the real provider's order: the version first, then one kind of setting a call, each
// awaited, because EKS takes one update at a time.
import type { LogType, UpdateClusterConfigRequest } from '@aws-sdk/client-eks'
import type { Unwrap } from '@pulumi/pulumi'
import type { ClusterArgs, ClusterState } from '@pulumi/aws/eks/cluster.js'
import { sameValue, satisfies } from '../../values.ts'
import type { AwsContext } from '../context.ts'
import { awaitUpdate, eks, isBusy } from './calls.ts'
import { isCode } from '../errors.ts'
import type { Change } from '../type.ts'

type Args = Unwrap<ClusterArgs>
type Setting = Omit<UpdateClusterConfigRequest, 'name' | 'clientRequestToken'>

export async function changeCluster(
  ctx: AwsContext,
  name: string,
  { olds, inputs, changed }: Change<Args, Unwrap<ClusterState>>,
): Promise<void> {
  if (changed.has('version') && inputs.version !== undefined) {
    const { version } = inputs
    const force = inputs.forceUpdateVersion === true
    const answer = await ctx.retrying(
      () => eks(ctx).updateClusterVersion({ name, version, ...(force ? { force } : {}) }),
      isBusy,
      3_600_000,
    )
    await awaitUpdate(ctx, { name }, answer.update)
  }
  if (changed.has('encryptionConfig') && inputs.encryptionConfig) {
    const answer = await eks(ctx).associateEncryptionConfig({
      clusterName: name,
      encryptionConfig: [inputs.encryptionConfig],
    })
    await awaitUpdate(ctx, { name }, answer.update)
  }
  for (const setting of settings(inputs, olds, changed)) await changeSetting(ctx, name, setting)
}

async function changeSetting(ctx: AwsContext, name: string, setting: Setting): Promise<void> {
  try {
    const call = () => eks(ctx).updateClusterConfig({ name, ...setting })
    const answer = await ctx.retrying(call, isBusy, 3_600_000)
    await awaitUpdate(ctx, { name }, answer.update)
  } catch (error) {
    // Of a nested setting only a part may have changed, or nothing that EKS sees.
    const nothing =
      isCode(error, 'InvalidParameterException') && /No changes? needed/i.test(String(error))
    if (!nothing) throw error
  }
}

/** One request per kind of setting that changed; AWS itself refuses values that are not in its enums. */
export function settings(
  inputs: Args,
  olds: Unwrap<ClusterState>,
  changed: ReadonlySet<string>,
): Setting[] {
  const simple = ['accessConfig', 'controlPlaneScalingConfig', 'deletionProtection', 'upgradePolicy', 'zonalShiftConfig'] as const // prettier-ignore
  const requests: Setting[] = simple
    .filter((key) => changed.has(key) && inputs[key] !== undefined)
    .map((key) =>
      key === 'accessConfig'
        ? { accessConfig: { authenticationMode: inputs.accessConfig?.authenticationMode } }
        : { [key]: inputs[key] },
    ) as Setting[]
  if (changed.has('enabledClusterLogTypes'))
    requests.push(logging(inputs.enabledClusterLogTypes ?? []))
  return changed.has('vpcConfig') ? [...requests, ...vpcSettings(inputs, olds)] : requests
}

function logging(enabled: string[]): Setting {
  const all: LogType[] = ['api', 'audit', 'authenticator', 'controllerManager', 'scheduler']
  return {
    logging: {
      clusterLogging: [
        { enabled: true, types: all.filter((type) => enabled.includes(type)) },
        { enabled: false, types: all.filter((type) => !enabled.includes(type)) },
      ].filter((setup) => setup.types.length > 0),
    },
  }
}

function vpcSettings(
  { vpcConfig: wanted }: Args,
  { vpcConfig: before }: Unwrap<ClusterState>,
): Setting[] {
  const endpoint = {
    endpointPublicAccess: wanted.endpointPublicAccess ?? true,
    endpointPrivateAccess: wanted.endpointPrivateAccess ?? false,
    ...(wanted.publicAccessCidrs ? { publicAccessCidrs: wanted.publicAccessCidrs } : {}),
  }
  const same = satisfies(endpoint, before, { ordered: false })
  const requests: Setting[] = same ? [] : [{ resourcesVpcConfig: endpoint }]
  const subnets = !sameValue(wanted.subnetIds.toSorted(), before?.subnetIds?.toSorted())
  if (subnets) requests.push({ resourcesVpcConfig: { subnetIds: wanted.subnetIds } })
  const groups = wanted.securityGroupIds
  if (groups && !sameValue(groups.toSorted(), (before?.securityGroupIds ?? []).toSorted()))
    requests.push({ resourcesVpcConfig: { securityGroupIds: groups } })
  return requests
}

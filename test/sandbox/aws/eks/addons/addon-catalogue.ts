// The add-ons that EKS offers here, and their versions for a Kubernetes minor. coredns and kube-proxy are installed into the
// cluster for real; the others are records.

type AddonKind = {
  type: string
  /** Runs as a Deployment: DEGRADED until there is a node to run on. */
  needsNodes: boolean
  versions(minor: string): string[]
}

export const addonKinds: Record<string, AddonKind> = {
  'vpc-cni': {
    type: 'networking',
    needsNodes: false,
    versions: () => ['v1.22.1-eksbuild.1', 'v1.21.2-eksbuild.1'],
  },
  'kube-proxy': {
    type: 'networking',
    needsNodes: false,
    versions: (minor) => [`v${minor}.1-eksbuild.2`, `v${minor}.0-eksbuild.4`],
  },
  coredns: {
    type: 'networking',
    needsNodes: true,
    versions: () => ['v1.14.7-eksbuild.1', 'v1.14.1-eksbuild.2'],
  },
  'eks-pod-identity-agent': {
    type: 'security',
    needsNodes: false,
    versions: () => ['v1.4.0-eksbuild.1', 'v1.3.10-eksbuild.2'],
  },
  'eks-node-monitoring-agent': {
    type: 'observability',
    needsNodes: false,
    versions: () => ['v1.6.0-eksbuild.1'],
  },
  'aws-ebs-csi-driver': {
    type: 'storage',
    needsNodes: true,
    versions: () => ['v1.55.0-eksbuild.1', 'v1.54.0-eksbuild.1'],
  },
  'aws-efs-csi-driver': {
    type: 'storage',
    needsNodes: true,
    versions: () => ['v2.3.0-eksbuild.1', 'v2.2.0-eksbuild.1'],
  },
  'metrics-server': {
    type: 'observability',
    needsNodes: true,
    versions: () => ['v0.8.0-eksbuild.2'],
  },
  'snapshot-controller': {
    type: 'storage',
    needsNodes: true,
    versions: () => ['v8.3.0-eksbuild.1'],
  },
}

export function addonInfos(o: { addonName: string | undefined; minors: string[] }) {
  return Object.entries(addonKinds)
    .filter(([name]) => o.addonName === undefined || name === o.addonName)
    .map(([addonName, kind]) => ({
      addonName,
      type: kind.type,
      owner: 'aws',
      publisher: 'eks',
      addonVersions: versionInfos(kind, o.minors),
    }))
}

function versionInfos(kind: AddonKind, minors: string[]) {
  const minorsOf = new Map<string, string[]>()
  for (const minor of minors)
    for (const version of kind.versions(minor))
      minorsOf.set(version, [...(minorsOf.get(version) ?? []), minor])
  return [...minorsOf].map(([addonVersion, clusterMinors]) => ({
    addonVersion,
    architecture: ['amd64', 'arm64'],
    computeTypes: ['ec2'],
    requiresConfiguration: false,
    requiresIamPermissions: false,
    compatibilities: clusterMinors.map((clusterVersion) => ({
      clusterVersion,
      platformVersions: ['*'],
      defaultVersion: kind.versions(clusterVersion)[0] === addonVersion,
    })),
  }))
}

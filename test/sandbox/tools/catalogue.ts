// Every program the sandbox runs that is built from Go source: where its code comes from, its exact version, how it is
// linked, and how an installed copy is asked for its version. The go.mod files under modules/ pin everything else.

export type KubernetesMinor = string // '1.36'

export type GoTool = {
  readonly name: string
  readonly version: string
  /** Folder under modules/. */
  readonly module: string
  readonly package: string
  readonly ldflags?: string
  readonly tags?: string
  /** Needs a C compiler and these Debian packages. */
  readonly cgo?: readonly string[]
  /** How to ask an installed copy; absent for programs of our own, which are always built. */
  readonly versionCommand?: readonly string[]
}

export const kubernetesReleases: Readonly<Record<KubernetesMinor, string>> = {
  '1.36': 'v1.36.3',
  '1.35': 'v1.35.4',
}
export const defaultKubernetesMinor: KubernetesMinor = '1.36'

const kubernetesComponents = [
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubelet',
  'kube-proxy',
  'kubectl',
] as const

const otherTools = [
  go('etcd', 'v3.7.3', 'kubernetes-1.36', 'go.etcd.io/etcd/server/v3', ['--version']),
  ...(['containerd', 'containerd-shim-runc-v2', 'ctr'] as const).map((name) => ({
    ...go(name, 'v2.4.2', 'containerd', `github.com/containerd/containerd/v2/cmd/${name}`, [
      name === 'containerd-shim-runc-v2' ? '-v' : '--version',
    ]),
    ldflags: '-X github.com/containerd/containerd/v2/version.Version=v2.4.2',
  })),
  {
    ...go('runc', 'v1.5.2', 'containerd', 'github.com/opencontainers/runc', ['--version']),
    tags: 'seccomp urfave_cli_no_docs',
    cgo: ['gcc', 'libc6-dev', 'libseccomp-dev', 'pkg-config'],
  },
  {
    ...go('helm', 'v3.22.0', 'helm', 'helm.sh/helm/v3/cmd/helm', ['version', '--short']),
    // Without the minor, `helm template` believes in Kubernetes 1.20.
    ldflags:
      '-X helm.sh/helm/v3/internal/version.version=v3.22.0 -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMajor=1 -X helm.sh/helm/v3/pkg/chartutil.k8sVersionMinor=36',
  },
  {
    ...go('kwok', 'v0.8.0', 'kwok', 'sigs.k8s.io/kwok/cmd/kwok', ['--version']),
    ldflags: '-X sigs.k8s.io/kwok/pkg/consts.Version=v0.8.0',
  },
  go('coredns', 'v1.15.0', 'coredns', '.'),
  go('box-init', 'v0.1.0', 'native', './box-init'),
  go('pause', 'v3.10', 'native', './pause'),
  go('demo-server', 'v0.1.0', 'native', './demo-server'),
  go('mount-nfs4', 'v0.1.0', 'native', './mount-nfs4'),
] satisfies readonly GoTool[]

export type ToolName =
  | (typeof kubernetesComponents)[number]
  | (typeof otherTools)[number]['name']
  | 'etcd'

/** The tool as it is built for one Kubernetes minor; other tools do not depend on it. */
export function goTool(name: string, minor: KubernetesMinor): GoTool {
  const component = kubernetesComponents.find((known) => known === name)
  if (component !== undefined) return kubernetesTool(component, minor)
  const tool = otherTools.find((known) => known.name === name)
  if (tool === undefined) throw new Error(`no tool is called ${name}`)
  return tool
}

export function isKubernetesComponent(name: string): boolean {
  return kubernetesComponents.some((known) => known === name)
}

function kubernetesTool(name: string, minor: KubernetesMinor): GoTool {
  const version = kubernetesReleases[minor]
  if (version === undefined) {
    throw new Error(
      `Kubernetes ${minor} is not among ${Object.keys(kubernetesReleases).join(', ')}: add modules/kubernetes-${minor}`,
    )
  }
  const [gitMajor, gitMinor] = minor.split('.')
  const stamps = { gitVersion: version, gitMajor, gitMinor, gitTreeState: 'clean' }
  return {
    ...go(
      name,
      version,
      `kubernetes-${minor}`,
      `k8s.io/kubernetes/cmd/${name}`,
      name === 'kubectl' ? ['version', '--client'] : ['--version'],
    ),
    ldflags: Object.entries(stamps)
      .map(([key, value]) => `-X k8s.io/component-base/version.${key}=${value}`)
      .join(' '),
  }
}

function go<Name extends string>(
  ...[name, version, module, path, versionCommand]: [Name, string, string, string, string[]?]
): GoTool & { readonly name: Name } {
  return { name, version, module, package: path, ...(versionCommand && { versionCommand }) }
}

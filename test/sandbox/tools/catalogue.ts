// Every program the sandbox runs that is built from Go source: where its code comes from, its exact version, and how an
// installed copy is asked for its version. The go.mod files under modules/ pin everything else.

import kubernetesSdk from '@pulumi/kubernetes/package.json' with { type: 'json' }
import { officialVersion } from '../../../operator/engine/embedded/cli/official-version.ts'

export type KubernetesMinor = string // '1.36'

/** A folder under modules/, or of the product's own, and how the programs that it pins are built. */
export type GoModule = {
  readonly name: string
  /** From the repository's root, where it is not under modules/. */
  readonly folder?: string
  readonly tags: string
  /** Variables that the linker sets, `path.name=value`; a program that has no such variable is left as it is. */
  readonly stamps: readonly string[]
  /** Needs a C compiler and these Debian packages. */
  readonly cgo?: readonly string[]
}

export type GoTool = {
  readonly name: string
  readonly version: string
  readonly module: GoModule
  readonly package: string
  /** How to ask an installed copy; absent for programs of our own, which are always built. */
  readonly versionCommand?: readonly string[]
  /** What it reads from beside itself, taken from a module that it is made of. */
  readonly reads?: { readonly module: string; readonly files: readonly string[] }
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

const containerd = 'github.com/containerd/containerd/v2'
const helm = 'helm.sh/helm/v3'
const kwok = 'sigs.k8s.io/kwok'
const containerdVersion = 'v2.3.7'
const helmVersion = 'v3.21.4'
const kwokVersion = 'v0.8.0'

/** In Kubernetes' own module: these are as old as it is, and share most of their packages with it. */
const shared = kubernetesModule(defaultKubernetesMinor)
const native: GoModule = { name: 'native', tags: 'grpcnotrace', stamps: [] }
const jail: GoModule = { name: 'jail', folder: 'operator/jail', tags: 'grpcnotrace', stamps: [] }
/** What the CronJob controller of Kubernetes reads schedules by, in the version that it has. */
const cron: GoModule = { name: 'cron', tags: 'grpcnotrace', stamps: [] }
const runc: GoModule = {
  name: 'runc',
  tags: 'seccomp urfave_cli_no_docs',
  stamps: [],
  cgo: ['gcc', 'libc6-dev', 'libseccomp-dev', 'pkg-config'],
}

/** The official Pulumi CLI, in the version of the recording and of the shipped image. */
const pulumiVersion = `v${officialVersion}`
const pulumi: GoModule = {
  name: 'pulumi',
  tags: 'grpcnotrace',
  stamps: [`github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${pulumiVersion}`],
}

/**
 * The official kubernetes plugin. The module proxy serves one version of it, of January 2026, which says that it is the
 * version of the SDK: else no run would take it. What the SDK has that this one lacks, its tests name.
 */
const kubernetesPlugin = 'github.com/pulumi/pulumi-kubernetes/provider/v4'
const kubernetesPluginVersion = kubernetesSdk.pulumi.version
const pulumiKubernetes: GoModule = {
  name: 'pulumi-kubernetes',
  tags: 'grpcnotrace',
  stamps: [`${kubernetesPlugin}/pkg/version.Version=${kubernetesPluginVersion}`],
}

const otherTools = [
  go('etcd', 'v3.7.3', shared, 'go.etcd.io/etcd/server/v3', ['--version']),
  go('containerd', containerdVersion, shared, `${containerd}/cmd/containerd`, ['--version']),
  go(
    'containerd-shim-runc-v2',
    containerdVersion,
    shared,
    `${containerd}/cmd/containerd-shim-runc-v2`,
    ['-v'],
  ),
  go('ctr', containerdVersion, shared, `${containerd}/cmd/ctr`, ['--version']),
  go('helm', helmVersion, shared, `${helm}/cmd/helm`, ['version', '--short']),
  go('kwok', kwokVersion, shared, `${kwok}/cmd/kwok`, ['--version']),
  go('coredns', 'v1.14.7', shared, './coredns'),
  go('runc', 'v1.5.2', runc, 'github.com/opencontainers/runc', ['--version']),
  go('pulumi', pulumiVersion, pulumi, 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi', ['version']),
  {
    ...go(
      'pulumi-resource-kubernetes',
      `v${kubernetesPluginVersion}`,
      pulumiKubernetes,
      'cratekube.io/sandbox/pulumi-resource-kubernetes',
    ),
    reads: {
      module: kubernetesPlugin,
      files: ['schema.json', 'terraform-mapping.json'].map(
        (file) => `cmd/pulumi-resource-kubernetes/${file}`,
      ),
    },
  },
  go('cron-times', 'v3.0.1', cron, 'cratekube.io/sandbox/cron-times'),
  go('jail', 'v0.1.0', jail, 'cratekube.io/jail'),
  go('box-init', 'v0.1.0', native, './box-init'),
  go('pause', 'v3.10', native, './pause'),
  go('demo-server', 'v0.1.0', native, './demo-server'),
  go('mount-nfs4', 'v0.1.0', native, './mount-nfs4'),
] satisfies readonly GoTool[]

export type ToolName = (typeof kubernetesComponents)[number] | (typeof otherTools)[number]['name']

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
  const asksVersion = name === 'kubectl' ? ['version', '--client'] : ['--version']
  const path = `k8s.io/kubernetes/cmd/${name}`
  return go(name, releaseOf(minor), kubernetesModule(minor), path, asksVersion)
}

function kubernetesModule(minor: KubernetesMinor): GoModule {
  const [gitMajor, gitMinor] = minor.split('.')
  const says = { gitVersion: releaseOf(minor), gitMajor, gitMinor, gitTreeState: 'clean' }
  return {
    name: `kubernetes-${minor}`,
    tags: 'grpcnotrace',
    stamps: [
      ...Object.entries(says).map(
        ([variable, value]) => `k8s.io/component-base/version.${variable}=${value}`,
      ),
      `${containerd}/version.Version=${containerdVersion}`,
      `${helm}/internal/version.version=${helmVersion}`,
      // Without the minor, `helm template` believes in Kubernetes 1.20.
      `${helm}/pkg/chartutil.k8sVersionMajor=${gitMajor}`,
      `${helm}/pkg/chartutil.k8sVersionMinor=${gitMinor}`,
      `${kwok}/pkg/consts.Version=${kwokVersion}`,
    ],
  }
}

function releaseOf(minor: KubernetesMinor): string {
  const version = kubernetesReleases[minor]
  if (version !== undefined) return version
  throw new Error(
    `Kubernetes ${minor} is not among ${Object.keys(kubernetesReleases).join(', ')}: add modules/kubernetes-${minor}`,
  )
}

function go<Name extends string>(
  ...[name, version, module, path, versionCommand]: [Name, string, GoModule, string, string[]?]
): GoTool & { readonly name: Name } {
  return { name, version, module, package: path, ...(versionCommand && { versionCommand }) }
}

// What stands behind an EKS cluster of the double: something that runs a Kubernetes control plane and nodes.
// Implemented by test/sandbox/box (real), its kwok variant, and memory-backend.ts (nothing runs).

export type Taint = {
  key: string
  value?: string
  effect: 'NoSchedule' | 'NoExecute' | 'PreferNoSchedule'
}

export type NodeRequest = {
  cluster: string
  name: string
  /** Minor of its kubelet, which may be older than the control plane's. */
  version: string
  labels: Record<string, string>
  taints: Taint[]
  instanceType: string
  zone: string
  /** aws:///<zone>/<instance id> */
  providerId: string
}

export interface ClusterBackend {
  /** Resolves when the API server answers. */
  create(o: {
    name: string
    version: string
    serviceCidr: string
    oidcIssuer: string
    /** TokenReview v1 endpoint on the machine's loopback. */
    authWebhookUrl: string
  }): Promise<{ endpoint: string; certificateAuthority: string }>
  /** Resolves when the kubelet runs. */
  addNode(o: NodeRequest): Promise<void>
  removeNode(o: { cluster: string; name: string }): Promise<void>
  installAddon(o: { cluster: string; name: string; version: string }): Promise<void>
  removeAddon(o: { cluster: string; name: string }): Promise<void>
  /** Replaces the control plane by the next minor, etcd kept; nodes stay as they are. Absent: upgrades are refused. */
  upgrade?: (o: { name: string; version: string }) => Promise<void>
  /** Leaves nothing; may be called again. */
  remove(name: string): Promise<void>
  list(): Promise<{ name: string; version: string; endpoint: string }[]>
  /** Kubernetes minors that can really run, oldest first, such as ['1.35', '1.36']. */
  versions(): Promise<string[]>
  /** Empty when there is no API server to talk to. */
  adminKubeconfig(name: string): Promise<string>
}

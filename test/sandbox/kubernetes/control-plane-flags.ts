// The command lines of etcd and the Kubernetes control plane, the same for the management plane, kwok clusters and
// boxes. The reasons for the unusual ones: research in the decision log, docs/decisions.

export type ControlPlaneFlags = {
  /** Folder of the certificates that writeControlPlaneFiles wrote, as the processes see it. */
  readonly pki: string
  readonly etcdDir: string
  readonly etcdSocket: string
  readonly advertiseAddress: string
  readonly bindAddress: string
  readonly port: number
  readonly serviceCidr: string
  readonly issuer: string
  /** kubeconfig-shaped file of the token review webhook. */
  readonly tokenWebhookConfig?: string
  /** False: no kubelets to talk to. */
  readonly kubelets: boolean
}

/** A unix socket: hostNetwork pods must not reach etcd. Short elections and no fsync: it is alone, and not for keeps. */
export function etcdArgs(o: Pick<ControlPlaneFlags, 'etcdDir' | 'etcdSocket'>): string[] {
  return [
    '--name=e',
    `--data-dir=${o.etcdDir}`,
    `--listen-client-urls=unix://${o.etcdSocket}`,
    `--advertise-client-urls=unix://${o.etcdSocket}`,
    '--listen-peer-urls=http://127.0.0.1:0',
    '--initial-advertise-peer-urls=http://127.0.0.1:2380',
    '--initial-cluster=e=http://127.0.0.1:2380',
    '--heartbeat-interval=10',
    '--election-timeout=100',
    '--unsafe-no-fsync',
    '--log-level=warn',
  ]
}

export function apiserverArgs(o: ControlPlaneFlags): string[] {
  return [
    `--etcd-servers=unix://${o.etcdSocket}`,
    `--bind-address=${o.bindAddress}`,
    `--advertise-address=${o.advertiseAddress}`,
    `--secure-port=${o.port}`,
    `--tls-cert-file=${o.pki}/apiserver.crt`,
    `--tls-private-key-file=${o.pki}/apiserver.key`,
    `--client-ca-file=${o.pki}/ca.crt`,
    `--service-account-key-file=${o.pki}/sa.pub`,
    `--service-account-signing-key-file=${o.pki}/sa.key`,
    `--service-account-issuer=${o.issuer}`,
    `--service-cluster-ip-range=${o.serviceCidr}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    ...(o.tokenWebhookConfig === undefined
      ? []
      : [
          `--authentication-token-webhook-config-file=${o.tokenWebhookConfig}`,
          '--authentication-token-webhook-version=v1',
          '--authentication-token-webhook-cache-ttl=10s',
        ]),
    ...(o.kubelets ? kubeletClientArgs(o.pki) : []),
  ]
}

export function controllerManagerArgs(o: Pick<ControlPlaneFlags, 'pki'>): string[] {
  return [
    `--kubeconfig=${o.pki}/controller-manager.kubeconfig`,
    `--service-account-private-key-file=${o.pki}/sa.key`,
    `--root-ca-file=${o.pki}/ca.crt`,
    `--cluster-signing-cert-file=${o.pki}/ca.crt`,
    `--cluster-signing-key-file=${o.pki}/ca.key`,
    '--use-service-account-credentials=true',
    '--leader-elect=false',
    '--allocate-node-cidrs=false',
    // At the default 20 a second its controllers take 4.5 s to start.
    '--kube-api-qps=1000',
    '--kube-api-burst=2000',
  ]
}

export function schedulerArgs(o: Pick<ControlPlaneFlags, 'pki'>): string[] {
  return [`--kubeconfig=${o.pki}/scheduler.kubeconfig`, '--leader-elect=false']
}

/** The API server goes to pods by their own address: no kube-proxy runs beside the control plane. */
function kubeletClientArgs(pki: string): string[] {
  return [
    `--kubelet-client-certificate=${pki}/kubelet-client.crt`,
    `--kubelet-client-key=${pki}/kubelet-client.key`,
    `--kubelet-certificate-authority=${pki}/ca.crt`,
    '--kubelet-preferred-address-types=InternalIP',
    '--enable-aggregator-routing=true',
  ]
}

/** First address of a CIDR plus `offset`: 172.20.0.0/16 and 10 -> 172.20.0.10. */
export function addressIn(cidr: string, offset: number): string {
  const bytes = (cidr.split('/')[0] ?? '').split('.').map(Number)
  const value = bytes.reduce((sum, byte) => sum * 256 + byte, 0) + offset
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}

// On every node an ordinary pod, unprivileged and under Pod Security, that uses the automounts as any consumer would.
// Its readiness is what AutofsReady says: that the node serves these maps, and that a key of each can be mounted.
import { DaemonSet } from '@pulumi/kubernetes/apps/v1/daemonSet.js'
import { PersistentVolume } from '@pulumi/kubernetes/core/v1/persistentVolume.js'
import { PersistentVolumeClaim } from '@pulumi/kubernetes/core/v1/persistentVolumeClaim.js'
import type { core } from '@pulumi/kubernetes/types/input.js'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import { autofsHostPath, probeName, probeNamespace } from '../objects.ts'
import { podSecurityNamespace } from '../../program/baseline.ts'

export type AutofsProbeArgs = {
  root: string
  image: string
  /** Of the maps, as the agent publishes it. */
  revision: string
  /** Each is <map>/<key>. */
  keys: string[]
}

const program = '/usr/local/bin/autofs-probe'
const labels = { 'app.kubernetes.io/name': probeName, 'app.kubernetes.io/managed-by': 'cratekube' }
const metadata = { name: probeName, namespace: probeNamespace, labels }
const size = { storage: '1Gi' }

export class AutofsProbe extends ComponentResource {
  constructor(args: AutofsProbeArgs, opts?: ComponentResourceOptions) {
    super('cratekube:addons:AutofsProbe', probeName, {}, opts)
    const namespace = podSecurityNamespace(probeNamespace, 'baseline', { parent: this })
    const volume = new PersistentVolume(
      probeName,
      { metadata: { name: probeName, labels }, spec: volumeSpec },
      { parent: this },
    )
    const claim = new PersistentVolumeClaim(
      probeName,
      { metadata, spec: claimSpec },
      { parent: this, dependsOn: [namespace, volume] },
    )
    // Not waited for: a filer that is down makes AutofsReady False and says why; it is no failure of the operation.
    const annotations = { 'pulumi.com/skipAwait': 'true' }
    new DaemonSet(
      probeName,
      {
        metadata: { ...metadata, annotations },
        spec: {
          selector: { matchLabels: { 'app.kubernetes.io/name': probeName } },
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } },
          template: { metadata: { labels }, spec: podSpec(args) },
        },
      },
      { parent: this, dependsOn: [claim] },
    )
    this.registerOutputs({})
  }
}

/** Pod Security forbids hostPath in a pod, not in the PersistentVolume behind its claim. */
const volumeSpec: core.v1.PersistentVolumeSpec = {
  capacity: size,
  accessModes: ['ReadWriteMany'],
  persistentVolumeReclaimPolicy: 'Retain',
  storageClassName: '',
  claimRef: { namespace: probeNamespace, name: probeName },
  hostPath: { path: autofsHostPath },
}

const claimSpec: core.v1.PersistentVolumeClaimSpec = {
  accessModes: ['ReadWriteMany'],
  storageClassName: '',
  volumeName: probeName,
  resources: { requests: size },
}

function podSpec(args: AutofsProbeArgs): core.v1.PodSpec {
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 5,
    tolerations: [{ operator: 'Exists' }],
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 65534,
      runAsGroup: 65534,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container(args)],
    volumes: [
      { name: 'auto', persistentVolumeClaim: { claimName: probeName } },
      { name: 'state', emptyDir: {} },
    ],
  }
}

function container({ root, image, revision, keys }: AutofsProbeArgs): core.v1.Container {
  return {
    name: probeName,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: [program],
    args: ['watch', root, revision, ...keys],
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    },
    resources: { requests: { cpu: '5m', memory: '8Mi' }, limits: { memory: '64Mi' } },
    readinessProbe: { exec: { command: [program, 'ready'] }, periodSeconds: 2, timeoutSeconds: 5 },
    volumeMounts: [
      { name: 'auto', mountPath: root, mountPropagation: 'HostToContainer' },
      { name: 'state', mountPath: '/run/cratekube' },
    ],
  }
}

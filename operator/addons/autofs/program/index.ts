// AutoFS in a tenant cluster: its maps in a ConfigMap, and on every node a pod that runs automount.
import { DaemonSet } from '@pulumi/kubernetes/apps/v1/daemonSet.js'
import { ConfigMap } from '@pulumi/kubernetes/core/v1/configMap.js'
import type { core } from '@pulumi/kubernetes/types/input.js'
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi'
import type { z } from 'zod'
import type { CloudOutputs } from '../../../api/tenant/stack.ts'
import {
  autofsConfigMap,
  autofsCredentials,
  autofsHostPath,
  autofsImage,
  autofsName,
  systemNamespace,
} from '../objects.ts'
import type { autofsSchema } from '../schema.ts'
import { podSecurityNamespace } from '../../program/baseline.ts'
import type { Install } from '../../program/install.ts'
import type { FaultRule } from '../../../api/faults/fault-rule.ts'
import { mapFiles, probeKeys } from './maps.ts'
import { AutofsProbe } from './probe.ts'

export const install: Install<typeof autofsSchema> = ({ settings, spec, cloud }, opts) => {
  const { sharedStorage } = cloud
  new Autofs({ autofs: settings, sharedStorage, imageRegistry: spec.imageRegistry }, opts)
}

export const faults: readonly FaultRule[] = [
  {
    pattern: new RegExp(`ConfigMap "${autofsConfigMap}" is invalid: .*Too long`),
    code: 'InvalidInput',
    action: 'Give fewer entries, or shorter ones.',
    retryable: false,
    userInput: true,
    inputPath: 'spec.autofs.maps',
  },
]

type AutofsArgs = {
  autofs: z.output<typeof autofsSchema>
  sharedStorage: CloudOutputs['sharedStorage']
  imageRegistry: string
}

const agent = '/usr/local/bin/autofs-agent'
const mapsPath = '/etc/cratekube/maps'
const credentialsPath = '/etc/cratekube/credentials'
const labels = { 'app.kubernetes.io/name': autofsName, 'app.kubernetes.io/managed-by': 'cratekube' }

class Autofs extends ComponentResource {
  constructor(args: AutofsArgs, opts?: ComponentResourceOptions) {
    super('cratekube:addons:Autofs', 'autofs', {}, opts)
    const { autofs, sharedStorage } = args
    const image = autofsImage(args.imageRegistry)
    const namespace = podSecurityNamespace(systemNamespace, 'privileged', { parent: this })
    const inNamespace = { parent: this, dependsOn: [namespace] }
    const files = mapFiles(autofs.maps, sharedStorage)
    const maps = new ConfigMap(
      autofsConfigMap,
      {
        metadata: { name: autofsConfigMap, namespace: systemNamespace, labels },
        data: files,
      },
      inNamespace,
    )
    // The agent sees new maps by itself. No checksum here: a pod that restarts for them would be the worse way.
    const agents = new DaemonSet(
      autofsName,
      {
        metadata: { name: autofsName, namespace: systemNamespace, labels },
        spec: {
          selector: { matchLabels: { 'app.kubernetes.io/name': autofsName } },
          updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
          template: { metadata: { labels }, spec: podSpec(autofs.root, image) },
        },
      },
      { parent: this, dependsOn: [maps] },
    )
    const { revision = '' } = files
    new AutofsProbe(
      { root: autofs.root, image, revision, keys: probeKeys(autofs.maps) },
      { parent: this, dependsOn: [agents] },
    )
    this.registerOutputs({})
  }
}

/**
 * In the host's network: a mount of NFS lives in the network it was made from, and that of a pod goes with the pod.
 * In the host's process ids: automount tells its own processes from those that ask by their process group.
 */
function podSpec(root: string, image: string): core.v1.PodSpec {
  return {
    hostPID: true,
    hostNetwork: true,
    dnsPolicy: 'Default',
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    priorityClassName: 'system-node-critical',
    terminationGracePeriodSeconds: 30,
    tolerations: [{ operator: 'Exists' }],
    containers: [container(root, image)],
    volumes: [
      { name: 'maps', configMap: { name: autofsConfigMap } },
      {
        name: 'credentials',
        secret: { secretName: autofsCredentials, defaultMode: 0o400, optional: true },
      },
      { name: 'auto', hostPath: { path: autofsHostPath, type: 'DirectoryOrCreate' } },
      { name: 'state', emptyDir: {} },
    ],
  }
}

function container(root: string, image: string): core.v1.Container {
  const check = { exec: { command: [agent, 'check'] }, timeoutSeconds: 10 }
  return {
    name: autofsName,
    image,
    imagePullPolicy: 'IfNotPresent',
    command: [agent],
    args: ['run'],
    env: [
      { name: 'ROOT', value: root },
      { name: 'MAPS', value: mapsPath },
    ],
    securityContext: { privileged: true },
    resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: { ...check, periodSeconds: 5 },
    livenessProbe: { ...check, periodSeconds: 10, failureThreshold: 3, initialDelaySeconds: 10 },
    volumeMounts: [
      { name: 'maps', mountPath: mapsPath, readOnly: true },
      { name: 'credentials', mountPath: credentialsPath, readOnly: true },
      { name: 'auto', mountPath: root, mountPropagation: 'Bidirectional' },
      { name: 'state', mountPath: '/run/cratekube' },
    ],
  }
}

// What AutoFS is called in a tenant cluster.

/** Its Pod Security level is privileged, for mounts have to reach the host. */
export const systemNamespace = 'cratekube-system'
/** Holds the pods that use AutoFS as any consumer would, under the Pod Security level of ordinary pods. */
export const probeNamespace = 'cratekube-autofs-probe'

export const autofsName = 'autofs'
export const probeName = 'autofs-probe'
/** Its keys are files that consumers name: `credentials=/etc/cratekube/credentials/<key>`. Made by the tenant's users. */
export const autofsCredentials = 'autofs-credentials'
export const autofsConfigMap = 'autofs-maps'
export const autofsImage = (registry: string): string => `${registry}/autofs:0.1.0`
/** Where the automounts are on every node; pods get at them through a hostPath PersistentVolume. */
export const autofsHostPath = '/var/lib/cratekube/auto'

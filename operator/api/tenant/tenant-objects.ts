// What CrateKube installs in a tenant cluster is called so by the program that installs it and by the manager that watches it.

/** Holds AutoFS; its Pod Security level is privileged, for mounts have to reach the host. */
export const systemNamespace = 'cratekube-system'
/** Holds the load-test operator. */
export const loadTestNamespace = 'cratekube-loadtest'

/** Holds the pods that use AutoFS as any consumer would, under the Pod Security level of ordinary pods. */
export const probeNamespace = 'cratekube-autofs-probe'

export const autofsName = 'autofs'
export const probeName = 'autofs-probe'
/** Its keys are files that consumers name: `credentials=/etc/cratekube/credentials/<key>`. Made by the tenant's users. */
export const autofsCredentials = 'autofs-credentials'
export const autofsConfigMap = 'autofs-maps'
/** Where the images of CrateKube are published; spec.imageRegistry names a copy. */
export const defaultImageRegistry = 'ghcr.io/cratekube'
export const autofsImage = (registry: string): string => `${registry}/autofs:0.1.0`
export const operatorImageRepository = (registry: string): string => `${registry}/cratekube`
/** Where the automounts are on every node; pods get at them through a hostPath PersistentVolume. */
export const autofsHostPath = '/var/lib/cratekube/auto'

export const loadTestRelease = 'cratekube-loadtest'

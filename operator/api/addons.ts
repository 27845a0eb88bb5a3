// Where add-ons are in a tenant cluster. The add-ons program puts them there, the controller measures them there.

/** All workloads in it have to be ready for AutofsReady: the daemon and the probe that reads through it. */
export const autofsNamespace = 'cratekube-autofs'

/** All workloads in it have to be available for AddonsReady. */
export const loadTestNamespace = 'cratekube-loadtest'

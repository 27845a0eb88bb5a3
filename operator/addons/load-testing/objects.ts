// What the load-test operator is called in a tenant cluster.

export const loadTestNamespace = 'cratekube-loadtest'
export const loadTestRelease = 'cratekube-loadtest'
/** Version of charts/cratekube-loadtest that this CrateKube carries and installs. */
export const loadTestChartVersion = '0.1.0'
export const operatorImageRepository = (registry: string): string => `${registry}/cratekube`

// The kubeconfig that @pulumi/eks makes: no token in it, the aws command gets one when it is used.
export function kubeconfigOf(o: {
  clusterName: string
  region: string
  endpoint: string
  ca: string
  roleArn?: string
  profileName?: string
}): object {
  const args = [
    '--region',
    o.region,
    'eks',
    'get-token',
    '--cluster-name',
    o.clusterName,
    '--output',
    'json',
  ]
  const environment = [{ name: 'KUBERNETES_EXEC_INFO', value: '{"apiVersion": "client.authentication.k8s.io/v1beta1"}' }] // prettier-ignore
  const profile = o.profileName === undefined ? [] : [{ name: 'AWS_PROFILE', value: o.profileName }]
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'kubernetes',
        cluster: { server: o.endpoint, 'certificate-authority-data': o.ca },
      },
    ],
    contexts: [{ name: 'aws', context: { cluster: 'kubernetes', user: 'aws' } }],
    'current-context': 'aws',
    users: [
      {
        name: 'aws',
        user: {
          exec: {
            apiVersion: 'client.authentication.k8s.io/v1beta1',
            command: 'aws',
            args: o.roleArn === undefined ? args : [...args, '--role', o.roleArn],
            env: [...environment, ...profile],
          },
        },
      },
    ],
  }
}

// The namespaces that add-ons live in, each with the Pod Security level it needs and no more.
import { Namespace } from '@pulumi/kubernetes/core/v1/namespace.js'
import type { CustomResourceOptions } from '@pulumi/pulumi'

export const podSecurityNamespace = (
  name: string,
  level: 'privileged' | 'baseline' | 'restricted',
  opts: CustomResourceOptions,
): Namespace =>
  new Namespace(
    name,
    {
      metadata: {
        name,
        labels: {
          'app.kubernetes.io/managed-by': 'cratekube',
          'pod-security.kubernetes.io/enforce': level,
        },
      },
    },
    opts,
  )

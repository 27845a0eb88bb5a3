// The provider plugins that the programs are written for: each SDK names its own in package.json.
// A component asks for older ones beside them: @pulumi/eks 4.3.0 for kubernetes 4.19.0, whose SDK it was built with. Those
// are not listed, for operator/engine/plugins.ts gives it the plugin of this list.
import aws from '@pulumi/aws/package.json' with { type: 'json' }
import eks from '@pulumi/eks/package.json' with { type: 'json' }
import kubernetes from '@pulumi/kubernetes/package.json' with { type: 'json' }

/** By package: the least version that serves. */
export const plugins: Readonly<Record<string, string>> = Object.fromEntries(
  [aws, eks, kubernetes].map(({ pulumi }) => [pulumi.name, pulumi.version]),
)

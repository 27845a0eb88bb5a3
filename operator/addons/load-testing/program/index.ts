// The load-test operator in a tenant cluster: the chart that comes with CrateKube, in a namespace of its own.
// helm.v3.Chart renders the chart and leaves the objects to Pulumi; v4 is a remote component and brings nothing we need.
import { fileURLToPath } from 'node:url'
import { Chart } from '@pulumi/kubernetes/helm/v3/helm.js'
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
} from '@pulumi/pulumi'
import type { z } from 'zod'
import { InvalidSpec } from '../../../api/faults/fault.ts'
import type { TenantClusterSpec } from '../../../api/tenant/tenant-cluster.ts'
import { chartVersionProblem } from '../../chart-version.ts'
import { placementOf, takersOf } from '../../../api/tenant/placement.ts'
import { podSecurityNamespace } from '../../program/baseline.ts'
import type { Install } from '../../program/install.ts'
import { loadTesting } from '../addon.ts'
import { loadTestNamespace, loadTestRelease, operatorImageRepository } from '../objects.ts'
import type { loadTestingSchema } from '../schema.ts'

export const install: Install<typeof loadTestingSchema> = ({ settings, spec }, opts) => {
  const problem = chartVersionProblem(settings.version, {
    field: 'spec.addons.loadTesting',
    chart: loadTesting.chart,
  })
  if (problem) throw new InvalidSpec(problem)
  const { imageRegistry, nodePools } = spec
  new LoadTesting({ ...settings, imageRegistry, nodePools }, opts)
}

type LoadTestingArgs = z.output<typeof loadTestingSchema> &
  Pick<TenantClusterSpec, 'imageRegistry' | 'nodePools'>

const chartPath = fileURLToPath(new URL('../../../../charts/cratekube-loadtest', import.meta.url))

class LoadTesting extends ComponentResource {
  constructor(args: LoadTestingArgs, opts?: ComponentResourceOptions) {
    super('cratekube:addons:LoadTesting', 'load-testing', {}, opts)
    const namespace = podSecurityNamespace(loadTestNamespace, 'restricted', { parent: this })
    new Chart(
      loadTestRelease,
      {
        path: chartPath,
        namespace: loadTestNamespace,
        values: valuesOf(args),
        // The objects wait for it and not the chart, which is rendered meanwhile.
        transformations: [
          keepDefinitions,
          ...(isTaken(args) ? [] : [waitForNothing]),
          (_object, opts) => void (opts.dependsOn = [namespace]),
        ],
      },
      { parent: this },
    )
    this.registerOutputs({})
  }
}

/** As Helm does: CRDs stay, or the objects of users would go with them while nobody is there to finalize them. */
function keepDefinitions(object: { kind?: string }, opts: CustomResourceOptions): void {
  if (object.kind === 'CustomResourceDefinition') opts.retainOnDelete = true
}

const isTaken = ({ nodePools, values }: LoadTestingArgs): boolean =>
  takersOf(nodePools, placementOf(values)).length > 0

/** While no node takes its pods, the roll-out of the Deployment would hold the operation up and fail it in the end. */
function waitForNothing(object: ChartObject): void {
  if (object.kind !== 'Deployment') return
  object.metadata = {
    ...object.metadata,
    annotations: { ...object.metadata?.annotations, 'pulumi.com/skipAwait': 'true' },
  }
}

type ChartObject = { kind?: string; metadata?: { annotations?: Record<string, string> } }

/** What the user says of the image goes before the registry; what is no object, the chart refuses by its path. */
function valuesOf({ values, imageRegistry }: LoadTestingArgs): LoadTestingArgs['values'] {
  const { image = {} } = values
  if (typeof image !== 'object') return values
  return { ...values, image: { repository: operatorImageRepository(imageRegistry), ...image } }
}

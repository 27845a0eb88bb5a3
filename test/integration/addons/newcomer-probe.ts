// Run in a copy of the product that has an add-on more: prints what follows from it, as JSON. Everything is called as the
// processes call it, without a word of the newcomer.
import { join } from 'node:path'
import { generated } from '../../../operator/generate/generate.ts'
import { awsManager } from '../../../operator/aws/manager.ts'
import { conditionReasons } from '../../../operator/api/faults/reasons.ts'
import {
  assess,
  conditionTypes,
} from '../../../operator/controllers/tenant-cluster/measure/assess.ts'
import { measure } from '../../../operator/controllers/tenant-cluster/measure/measure.ts'
import { core } from '../../../operator/framework/index.ts'
import { FakeApiServer } from '../../../operator/framework/testing/index.ts'
import { addonFaults } from '../../../programs/addons/index.ts'
import { programs } from '../../../programs/index.ts'
import { cloudOutputs } from '../../support/cloud-outputs.ts'
import { record } from '../../support/pulumi-recorder.ts'
import { tenantInput } from '../../support/tenant-input.ts'

const noticeBoard = { text: 'closed on Monday' }
const tenant = tenantInput({ addons: { noticeBoard, loadTesting: { enabled: false } } })

const { resources } = await record(programs.addons, tenant, {
  config: { 'cratekube:cloud': JSON.stringify(cloudOutputs) },
  call: () => ({}),
})

const kube = new FakeApiServer().kube()
const signal = new AbortController().signal
const look = async () => {
  const measured = {
    gitVersion: 'v1.36.3',
    ...(await measure(kube, tenant.spec, { signal, nodes: awsManager({ variables: {} }) })),
  }
  return assess(tenant.spec, measured).conditions.filter(({ type }) => type === 'NoticeBoardReady')
}
const before = await look()
const ref = { name: 'board', namespace: 'notices' }
const metadata = { ...ref, labels: { app: 'notice-board' } }
await kube.create(core.deployment, { metadata, spec: { replicas: 1 } })
const status = { observedGeneration: 1, availableReplicas: 1, updatedReplicas: 1 }
await kube.patch(core.deployment, ref, { status }, { type: 'merge', subresource: 'status' })

const files = generated()
const found = {
  crd: files['crds/tenantclusters.yaml']?.includes('noticeBoard:'),
  reference: files[join('docs/reference', 'tenantcluster.md')]?.includes(
    'spec.addons.noticeBoard.text',
  ),
  reasons: files['docs/reference/reasons.md']?.includes('| `NoticeBoardNotReady` | Under way |'),
  catalogue: conditionReasons['NoticeBoardNotReady'],
  faults: addonFaults
    .map(({ pattern }) => String(pattern))
    .filter((text) => text.includes('board')),
  resources: resources.map(({ type, name, inputs }) => ({ type, name, data: inputs['data'] })),
  conditions: [...before, ...(await look())],
  types: conditionTypes,
}
console.log(JSON.stringify(found))

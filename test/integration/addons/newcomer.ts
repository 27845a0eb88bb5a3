// What somebody writes who adds an add-on: a folder of two files and a line in the list. A note for every cluster, and a
// Deployment that serves it.

/** Path below operator/addons -> text. */
export const newcomer: Readonly<Record<string, string>> = {
  'notice-board/addon.ts': `
import { z } from 'zod'
import type { Addon } from '../contract.ts'

const schema = z
  .object({ text: z.string().max(100).describe('What the board says.') })
  .optional()
  .describe('A board that says something. Off when absent.')

export const noticeBoard = {
  folder: 'notice-board',
  title: 'the notice board',
  place: 'spec.addons',
  schema,
  isOn: () => true,
  workloads: [{ kind: 'Deployment', namespace: 'notices', labels: { app: 'notice-board' } }],
  chart: { folder: 'notice-board', version: '7.7.7', images: [] },
  condition: {
    type: 'NoticeBoardReady',
    ready: 'the board can be read',
    off: 'spec.addons.noticeBoard is not set',
    reason: 'NoticeBoardNotReady',
    summary: 'The notice board is not Available.',
    advice: 'Look at the pods of namespace notices.',
  },
} as const satisfies Addon<typeof schema>
`,
  'notice-board/program/index.ts': `
import { ConfigMap } from '@pulumi/kubernetes/core/v1/configMap.js'
import { podSecurityNamespace } from '../../program/baseline.ts'
import type { AddonProgram, Install } from '../../program/install.ts'
import type { noticeBoard } from '../addon.ts'

export const faults: AddonProgram<typeof noticeBoard.schema>['faults'] = [
  { pattern: /the board is full/, code: 'InvalidInput', retryable: false },
]

export const install: Install<typeof noticeBoard.schema> = ({ settings, spec }, opts) => {
  const namespace = podSecurityNamespace('notices', 'restricted', opts)
  const data = { text: settings.text, version: spec.kubernetesVersion }
  const metadata = { name: 'notice-board', namespace: 'notices' }
  new ConfigMap('notice-board', { metadata, data }, { ...opts, dependsOn: [namespace] })
}
`,
}

export const line = `export { noticeBoard } from './notice-board/addon.ts'\n`

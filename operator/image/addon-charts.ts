// The charts that add-ons install, and no other, for the image: `node operator/image/addon-charts.ts FROM TO`.
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { argv } from 'node:process'
import { addons } from '../addons/index.ts'

const [, , from, to] = argv
if (from === undefined || to === undefined)
  throw new Error('usage: node operator/image/addon-charts.ts FROM TO')
for (const { chart } of addons)
  if (chart) cpSync(join(from, chart.folder), join(to, chart.folder), { recursive: true })

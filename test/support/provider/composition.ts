// CrateKube with the provider `test` beside those of the release: the same processes with one line more in each list.
import { join } from 'node:path'
import { customResourceDefinition } from '../../../operator/api/schema/crd.ts'
import { tenantClusterDefinitionOf } from '../../../operator/api/tenant/tenant-cluster-crd.ts'
import type { Composition } from '../../sandbox/cratekube.ts'
import { members } from './spec.ts'

const entry = (name: string) => join(import.meta.dirname, 'bin', `${name}.ts`)

export const withTestProvider: Composition = {
  definition: customResourceDefinition(tenantClusterDefinitionOf(members)),
  manager: entry('manager'),
  worker: entry('worker'),
  programs: entry('programs'),
  plugins: entry('plugins'),
}

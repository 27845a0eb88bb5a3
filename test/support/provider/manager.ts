// The provider `test` in the manager.
import type { ManagerFace } from '../../../operator/provider/contract.ts'
import { access, words } from './access.ts'

/** Its nodes bear the name of their pool. */
export const poolLabel = 'test.example/pool'

export const testManager: ManagerFace = {
  ...access,
  ...words,
  poolLabel,
  poolOf: (value) => value,
  clusterCalled: (name) => `test cluster ${name}`,
}

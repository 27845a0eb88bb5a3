// Process `manager` with the provider `test` beside those of the release.
import { managerProcess } from '../../../../operator/bin/manager-process.ts'
import { start } from '../../../../operator/bin/start.ts'
import { managers } from '../../../../operator/provider/registry/manager.ts'
import { testManager } from '../manager.ts'

await start(() => managerProcess({ ...managers, test: () => testManager }))

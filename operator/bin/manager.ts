// Process `manager`, with the providers of this release.
import { managers } from '../provider/registry/manager.ts'
import { managerProcess } from './manager-process.ts'
import { start } from './start.ts'

await start(() => managerProcess(managers))

// The providers as the manager loads them: one line each.
import { awsManager } from '../../aws/manager.ts'
import type { ManagerFace, ProviderSettings } from '../contract.ts'

export const managers: Readonly<Record<string, (settings: ProviderSettings) => ManagerFace>> = {
  aws: awsManager,
}

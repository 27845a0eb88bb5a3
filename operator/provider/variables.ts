// Variables of the environment that are a provider's: manager and worker read them in operator/bin/config.ts and hand them on.
import { awsVariables } from '../api/aws/environment.ts'

export const providerVariables = { ...awsVariables }

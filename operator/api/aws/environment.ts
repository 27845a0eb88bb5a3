// The variables of the environment by which CrateKube is told how to reach AWS.
import { z } from 'zod'

export const awsVariables = {
  AWS_ENDPOINT_URL: z
    .url()
    .optional()
    .describe('Where AWS answers instead of at its own addresses; for the sandbox.'),
}

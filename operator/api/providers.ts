// What each provider adds to the API: one line in each list. Schemas, codes and names of a provider are in its own folder.
import { awsFaultCodes } from './aws/aws-fault-codes.ts'

/** Codes of faults, beside those of reasons.ts. */
export const providerFaultCodes = { ...awsFaultCodes }

// EKS's own errors with its own words: clients match on them.
import { AwsError } from '../errors.ts'

type Names = {
  clusterName?: string
  nodegroupName?: string
  addonName?: string
  fargateProfileName?: string
  subscriptionId?: string
  validZones?: (string | undefined)[]
}

const make =
  (code: string, http: number) =>
  (message: string, names: Names = {}) =>
    new AwsError(code, message, http, {
      clusterName: null,
      nodegroupName: null,
      fargateProfileName: null,
      addonName: null,
      subscriptionId: null,
      ...names,
    })

export const invalidParameter = make('InvalidParameterException', 400)
export const invalidRequest = make('InvalidRequestException', 400)
export const resourceInUse = make('ResourceInUseException', 409)
export const resourceLimitExceeded = make('ResourceLimitExceededException', 400)
export const resourceNotFound = make('ResourceNotFoundException', 404)
export const unsupportedZone = make('UnsupportedAvailabilityZoneException', 400)
export const notFound = make('NotFoundException', 404)

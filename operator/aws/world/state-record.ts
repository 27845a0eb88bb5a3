// What the state of a stack says of one resource, as far as the world is compared with it.
/** A record of the state, as `pulumi stack export` has it. */
export type RecordedResource = {
  readonly type?: string
  readonly custom?: boolean
  readonly external?: boolean
  readonly delete?: boolean
  readonly outputs?: Record<string, unknown>
}

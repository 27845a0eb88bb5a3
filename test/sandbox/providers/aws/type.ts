// How a resource type of the aws provider is written down: its inputs as a table, its life as a few calls.
// The field names are checked against @pulumi/aws itself, so a table cannot drift from the real provider.
import type { Unwrap } from '@pulumi/pulumi'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import type { AwsContext } from './context.ts'

export type Field = {
  /** A change makes a new resource: always, or when the function says so of the value before and after. */
  replace?: boolean | ((before: unknown, after: unknown) => boolean)
  /** The service chooses when the program does not: leaving it out is no change. */
  computed?: boolean
  /** The real provider's own default. */
  default?: unknown
  /** Order matters. */
  ordered?: boolean
  /** All that is in it is the program's: a member that the program leaves out is taken away. */
  whole?: boolean
  /** Compared as JSON text: formatting is no change. */
  json?: boolean
  /** Steers calls only; the cloud does not report it. */
  local?: boolean
  /** Named after the resource when left out. */
  autoname?: { max?: number; prefix?: string; suffix?: string }
}

export const fixed = (o: Omit<Field, 'replace'> = {}): Field => ({ ...o, replace: true })
export const mutable = (o: Omit<Field, 'replace'> = {}): Field => o

type Tags = Record<string, string>
export type TagChange = { set: Tags; remove: string[]; outputs: Props }

/** What one call is about. `tags` are tags and default tags together, for creation. */
export type Change<Args, State> = { olds: State; inputs: Args; changed: ReadonlySet<string> }

export type Seconds = { create?: number; update?: number; delete?: number }

export type TypeDefinition<Args, State> = {
  /** As the real provider calls it in its errors, e.g. `EC2 VPC`. */
  label: string
  inputs: { [K in keyof Args & string]?: Field }
  timeouts?: Seconds
  /** Belongs to no region: IAM. */
  global?: boolean
  /** Outputs that any update may change: unknown in a preview. */
  volatile?: (keyof State & string)[]
  /** Makes it; resolves with the id as soon as it exists. */
  create(ctx: AwsContext, inputs: Args): Promise<string>
  /** Waits until it is usable and sets what creation could not. */
  ready?(ctx: AwsContext, id: string, inputs: Args): Promise<void>
  /** Undefined when it is gone. */
  read(ctx: AwsContext, id: string, state: State): Promise<Partial<State> | undefined>
  update?(ctx: AwsContext, id: string, change: Change<Args, State>): Promise<void>
  tag?(ctx: AwsContext, id: string, change: TagChange): Promise<void>
  /** Resolves when it is gone. */
  delete(ctx: AwsContext, id: string, state: State): Promise<void>
  /** A failed creation that no update can mend. */
  broken?(state: State): boolean
}

export type AwsType = TypeDefinition<Props, Props> & { readonly inputs: Record<string, Field> }

/** `Args` and `State` are the real SDK's VpcArgs and VpcState. */
export function awsType<Args, State>(
  definition: TypeDefinition<Unwrap<Args>, Unwrap<State>>,
): AwsType {
  // Proof: check() lets only fields of the table through, and state is what create() and read() returned.
  return definition as unknown as AwsType
}

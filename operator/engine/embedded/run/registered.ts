// What a registration comes to, whoever carries it out.
import type { Props } from '../values/props.ts'

/** `outputs` are what the program gets to see: nothing of a local component, its state of a remote one. */
export type Registered = {
  urn: string
  id: string
  outputs: Props
  /** Of remote components only. */
  outputDependencies?: Record<string, string[]>
}

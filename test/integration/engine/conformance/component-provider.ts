// A provider with a remote component, Pair: two things of the fake provider, made by the component's own SDK code.
import pulumi from '@pulumi/pulumi'
import type { EngineProvider } from '../../../../operator/engine/embedded/providers/provider.ts'
import { runComponent } from '../../../sandbox/providers/eks/sdk.ts'
import { fakeProvider, type FakeWorld } from './fake-provider.ts'

export class Thing extends pulumi.CustomResource {
  declare readonly arn: pulumi.Output<string>
  constructor(name: string, props: pulumi.Inputs, options?: pulumi.CustomResourceOptions) {
    super('fake:index:Thing', name, { arn: undefined, ...props }, options)
  }
}

/** The implementation, which a program never sees. */
export class Pair extends pulumi.ComponentResource {
  readonly second: Thing
  constructor(name: string, inputs: pulumi.Inputs, options: pulumi.ComponentResourceOptions) {
    super('fake:index:Pair', name, {}, options)
    const first = new Thing(`${name}-first`, { name: inputs['label'] }, { parent: this })
    this.second = new Thing(
      `${name}-second`,
      { name: `${name}2`, ref: first.arn },
      { parent: this },
    )
    this.registerOutputs({ arn: this.second.arn })
  }
}

/** What the npm package of a multi-language component holds. */
export class RemotePair extends pulumi.ComponentResource {
  declare readonly arn: pulumi.Output<string>
  constructor(name: string, props: pulumi.Inputs) {
    super('fake:index:Pair', name, { arn: undefined, ...props }, {}, true)
  }
}

/** A program: the component gets from one thing what it gives to another. */
export async function pairInUse() {
  const base = new Thing('base', { name: 'base' })
  const pair = new RemotePair('pair', { label: base.arn })
  const user = new Thing('user', { name: 'user', ref: pair.arn })
  return { pair: pair.arn, user: user.arn }
}

export const componentProvider = (
  world: FakeWorld,
): EngineProvider & Required<Pick<EngineProvider, 'construct'>> => ({
  ...fakeProvider(world),
  construct: (request) =>
    runComponent(request, (inputs, options) => {
      const pair = new Pair(request.name, inputs, options)
      return { urn: pair.urn, outputs: { arn: pair.second.arn } }
    }),
})

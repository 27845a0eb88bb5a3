// Remote components: the provider's own code registers the component and its children with this engine.
import type { Goal } from '../run/goal.ts'
import { aliasUrn } from '../state/match.ts'
import { providerRefOf } from './provider-resource.ts'
import type { Registered } from '../run/registered.ts'
import type { Update } from '../run/run.ts'

export async function constructRemote(run: Update, goal: Goal): Promise<Registered> {
  const { provider } = await run.providers.get(await providerRefOf(run, goal))
  if (!provider?.construct) throw new Error(`the provider of ${goal.type} has no components`)
  const { urn, state, stateDependencies } = await provider.construct({
    type: goal.type,
    name: goal.name,
    inputs: goal.inputs,
    parent: goal.parent,
    monitorAddress: run.addresses.monitor,
    engineAddress: run.addresses.engine,
    attach: run.attach,
    project: run.project,
    stack: run.stack,
    dryRun: run.dryRun,
    parallel: run.parallel,
    config: Object.fromEntries(run.config.values),
    configSecretKeys: run.config.secretKeys,
    inputDependencies: goal.propertyDependencies,
    providers: goal.providers,
    dependencies: goal.dependencies,
    aliases: goal.aliases.map((alias) => aliasUrn(run, goal, { alias, parent: goal.parent })),
    ...(goal.protect === undefined ? {} : { protect: goal.protect }),
  })
  return { urn, id: '', outputs: state, outputDependencies: stateDependencies ?? {} }
}

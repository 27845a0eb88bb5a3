// Plays one scenario on a stack of either engine and tells what came of it.
import type { Stack } from '@pulumi/pulumi/automation/index.js'
import type { Call, FakeWorld } from './fake-provider.ts'
import {
  certainEvents,
  describeCalls,
  describeEvent,
  normaliseState,
  type Outcome,
} from './official.ts'
import type { Scenario } from './scenarios.ts'
import type { Program } from './stack-harness.ts'

export type Player = {
  stack: Stack
  /** What the next operation runs. */
  use(program: Program): void
  /** What the provider finds from now on; forgets its calls. */
  arrange(world: Omit<FakeWorld, 'calls'>): Promise<void>
  /** The provider's calls since. */
  calls(): Promise<Call[]>
}

export async function play(player: Player, scenario: Scenario): Promise<Outcome> {
  const { gone = [], undeletable = [] } = scenario
  await player.arrange({ gone, undeletable })
  player.use(scenario.program)
  const events: string[] = []
  let changes: Outcome['changes']
  let ok = true
  try {
    await player.stack[scenario.operation]({
      ...scenario.options,
      onEvent(event) {
        events.push(...describeEvent(event))
        changes = event.summaryEvent?.resourceChanges ?? changes
      },
    })
  } catch {
    // Whether it failed is what is compared; why it failed stands in the events and the state.
    ok = false
  }
  const { deployment } = await player.stack.exportStack()
  const calls = describeCalls(await player.calls())
  return {
    ok,
    changes,
    calls,
    events: certainEvents(ok, events),
    state: normaliseState(deployment),
  }
}

// A custom resource of the program: Check, Diff, then the one step that the difference asks for.
import { findOld } from '../state/match.ts'
import { keepOldValues } from '../values/property-path.ts'
import { configurationOf } from '../providers/providers.ts'
import type { DiffResult } from '../providers/provider.ts'
import {
  checked,
  diffAgainst,
  type CheckedResource,
  type WantedResource,
} from './check-and-diff.ts'
import { replace } from './replace.ts'
import { createStep, sameStep, updateStep } from './custom-steps.ts'
import type { Update } from './run.ts'
import type { ResourceRecord } from '../state/state.ts'
import { parseProviderRef } from '../state/urn.ts'

export async function registerCustom(run: Update, wanted: WantedResource): Promise<ResourceRecord> {
  const { goal, urn } = wanted
  const old = findOld(run, goal, urn)
  if (!old) return createStep(run, { ...wanted, record: await checked(run, wanted, {}) })
  const early = run.deletedEarly.get(old)
  if (early) {
    const record = await checked(run, wanted, {})
    return createStep(run, { ...wanted, record, op: 'create-replacement', instead: early })
  }
  if (old.external) {
    const record = await checked(run, wanted, {})
    return createStep(run, { ...wanted, record, op: 'create-replacement', instead: old })
  }
  const inputs = keepOldValues(old.inputs ?? {}, goal.inputs, goal.ignoreChanges)
  const frozen = { ...wanted, goal: { ...goal, inputs } }
  if (run.replace.has(urn)) {
    const record = await checked(run, frozen, {})
    return replace(run, { ...frozen, old, record, diff: {}, again: false })
  }
  const record = await checked(run, frozen, old.inputs ?? {})
  return act(run, { ...frozen, old, record })
}

async function act(run: Update, plan: CheckedResource): Promise<ResourceRecord> {
  const diff = await difference(run, plan)
  if (diff.replaces?.length || plan.old.pendingReplacement) {
    return replace(run, { ...plan, diff, again: true })
  }
  if (diff.changes || plan.old.initErrors?.length) return updateStep(run, plan, diff)
  return sameStep(run, plan)
}

async function difference(run: Update, plan: CheckedResource): Promise<DiffResult> {
  const moved = await providerChange(run, plan)
  if (moved?.replaces?.length) return moved
  return diffAgainst(plan, { news: plan.record.inputs ?? {} })
}

/** Another provider replaces the resource only when the provider itself says that its new configuration does. */
async function providerChange(run: Update, plan: CheckedResource): Promise<DiffResult | undefined> {
  const { old, provider } = plan
  if (!old.provider || old.provider === provider.ref || !provider.provider?.diffConfig)
    return undefined
  const former = run.checkpoint.before.find(
    (one) => one.urn === parseProviderRef(old.provider ?? '').urn,
  )
  const { urn } = parseProviderRef(provider.ref)
  const current = run.registered.get(urn)?.record
  if (!former || !current) return undefined
  return provider.provider.diffConfig(urn, configurationOf(former), configurationOf(current))
}

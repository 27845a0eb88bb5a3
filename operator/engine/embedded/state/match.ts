// Which record of the state a resource of the program is: by its URN, or by an alias, its own or its parent's.
import type { AliasSpec, Goal } from '../run/goal.ts'
import type { Update } from '../run/run.ts'
import type { ResourceRecord } from './state.ts'
import { urnName, stackType, urnType, urnOf } from './urn.ts'

export function findOld(run: Update, goal: Goal, urn: string): ResourceRecord | undefined {
  for (const candidate of [urn, ...aliasUrns(run, goal)]) {
    const old = run.checkpoint.before.find((record) => record.urn === candidate && !record.delete)
    if (!old || run.matched.has(old)) continue
    run.matched.add(old)
    if (candidate !== urn) {
      run.formerUrn.set(urn, candidate)
      run.checkpoint.rename(candidate, urn)
    }
    return old
  }
  return undefined
}

function* aliasUrns(run: Update, goal: Goal): Iterable<string> {
  const formerParent = run.formerUrn.get(goal.parent)
  for (const alias of goal.aliases) {
    yield aliasUrn(run, goal, { alias, parent: goal.parent })
    if (formerParent !== undefined) yield aliasUrn(run, goal, { alias, parent: formerParent })
  }
  if (formerParent !== undefined) {
    yield aliasUrn(run, goal, {
      alias: { name: inheritedName(goal, formerParent) },
      parent: formerParent,
    })
    yield aliasUrn(run, goal, { alias: {}, parent: formerParent })
  }
}

/** A child named after its parent, as components name their children, had its parent's former name in front. */
function inheritedName(goal: Goal, formerParent: string): string {
  const parentName = urnName(goal.parent)
  return goal.name.startsWith(parentName)
    ? urnName(formerParent) + goal.name.slice(parentName.length)
    : goal.name
}

/** Missing parts of an alias are those of the new resource. */
export function aliasUrn(run: Update, goal: Goal, o: { alias: AliasSpec; parent: string }): string {
  const { alias } = o
  if ('urn' in alias) return alias.urn
  const parent = alias.noParent ? '' : alias.parent || o.parent
  return urnOf({
    stack: alias.stack || run.stack,
    project: alias.project || run.project,
    type: alias.type || goal.type,
    name: alias.name || goal.name,
    parent: parent !== '' && urnType(parent) === stackType ? '' : parent,
  })
}

// EKS updates: the record of a change that goes on after its call, and the two calls that read it.
import { randomUUID } from 'node:crypto'
import type { FaultRule } from '../limits/faults.ts'
import { resourceNotFound } from './errors.ts'
import { background, clusterOf, nowSeconds, page } from './service.ts'
import type { EksCall } from './service.ts'
import type { Cluster, Update } from './state.ts'

type NewUpdate = {
  type: string
  params: Record<string, unknown>
  owner?: { nodegroupName: string } | { addonName: string }
  /** The change itself; its failure makes the update Failed. */
  work: () => Promise<void>
  /** After success and after failure. */
  finish: () => void
}

/** A failure that EKS has a code for. */
export class UpdateFailed extends Error {
  override readonly name = 'UpdateFailed'
  readonly code: string
  readonly resourceIds: string[]

  constructor(code: string, message: string, resourceIds: string[]) {
    super(message)
    this.code = code
    this.resourceIds = resourceIds
  }
}

export function startUpdate(c: EksCall, cluster: Cluster, o: NewUpdate): Update {
  const update: Update = {
    id: randomUUID(),
    status: 'InProgress',
    type: o.type,
    params: Object.entries(o.params)
      .filter(([, value]) => value !== undefined)
      .map(([type, value]) => ({
        type,
        value: typeof value === 'string' ? value : JSON.stringify(value),
      })),
    createdAt: nowSeconds(),
    errors: [],
    ...o.owner,
  }
  cluster.updates.set(update.id, update)
  const fault = c.call.fault
  background(c, async () => {
    try {
      await o.work()
      failIfAsked(update, fault)
    } catch (error) {
      update.errors.push({
        errorCode: error instanceof UpdateFailed ? error.code : 'Unknown',
        errorMessage: error instanceof Error ? error.message : String(error),
        resourceIds: error instanceof UpdateFailed ? error.resourceIds : [],
      })
    }
    update.status = update.errors.length > 0 ? 'Failed' : 'Successful'
    o.finish()
  })
  return update
}

function failIfAsked(update: Update, fault: FaultRule | undefined): void {
  if (fault?.action.type !== 'fail-update') return
  update.errors.push(
    ...fault.action.errors.map((e) => ({
      errorCode: e.code,
      errorMessage: e.message,
      resourceIds: e.resourceIds,
    })),
  )
}

export const updateView = ({ nodegroupName: _group, addonName: _addon, ...update }: Update) =>
  update

export function describeUpdate(c: EksCall) {
  const cluster = clusterOf(c)
  const update = cluster.updates.get(c.params['update'] ?? '')
  const matches =
    update?.nodegroupName === (c.query.get('nodegroupName') ?? undefined) &&
    update?.addonName === (c.query.get('addonName') ?? undefined)
  if (!update || !matches)
    throw resourceNotFound(`No update found for ID: ${c.params['update']}`, {
      clusterName: cluster.name,
    })
  return { update: updateView(update) }
}

export function listUpdates(c: EksCall) {
  const cluster = clusterOf(c)
  const found = [...cluster.updates.values()].filter(
    (update) =>
      update.nodegroupName === (c.query.get('nodegroupName') ?? undefined) &&
      update.addonName === (c.query.get('addonName') ?? undefined),
  )
  const { names, nextToken } = page(
    c.query,
    found.map((update) => update.id),
  )
  return { updateIds: names, nextToken }
}

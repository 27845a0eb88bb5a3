// Engine events as the official CLI sends them to the Automation API: one JSON text each, over gRPC; to a listener in this
// process, as they are. Secrets are masked here, and debug diagnostics are never made: the SDK's carry secrets in the clear.
import type { EngineEvent } from '@pulumi/pulumi/automation/index.js'
import { clients, channelOptions, grpc, pb } from './protocol.ts'
import type { Props } from '../values/props.ts'
import type { ResourceRecord } from '../state/state.ts'
import { masked } from '../values/values.ts'

export type StepOp =
  | 'same'
  | 'create'
  | 'update'
  | 'delete'
  | 'replace'
  | 'create-replacement'
  | 'delete-replaced'
  | 'read'
  | 'read-replacement'
  | 'refresh'
  | 'discard'
  | 'discard-replaced'
  | 'remove-pending-replace'
  | 'import'
  | 'import-replacement'

export type StepEvent = {
  op: StepOp
  urn: string
  old?: ResourceRecord | undefined
  new?: ResourceRecord | undefined
  diffs?: readonly string[] | undefined
  keys?: readonly string[] | undefined
}

export type Severity = 'info' | 'info#err' | 'warning' | 'error'

export interface EngineEvents {
  prelude(config: Record<string, string>): void
  starts(step: StepEvent): void
  ends(step: StepEvent): void
  fails(step: StepEvent): void
  diagnostic(severity: Severity, message: string, urn?: string): void
  summary(o: { changes: Record<string, number>; seconds: number; failed: boolean }): void
  /** Sends what is left, and the closing event. */
  close(): Promise<void>
}

export type OnEvent = (event: EngineEvent) => void

export function openEvents(o: {
  /** The value of --event-log: tcp://HOST:PORT, or undefined when nobody listens there. */
  target: string | undefined
  onEvent: OnEvent | undefined
  preview: boolean
}): EngineEvents {
  const send = o.target === undefined ? undefined : openStream(o.target)
  let sequence = 0
  const emit = (body: Props) => {
    sequence += 1
    const event = { sequence, timestamp: Math.floor(Date.now() / 1000), ...body }
    // The bodies below are those of EngineEvent, whose own types want what JSON leaves out.
    o.onEvent?.(event as EngineEvent)
    send?.write(JSON.stringify(event))
  }
  const planning = o.preview ? { planning: true } : {}
  return {
    prelude: (config) => emit({ preludeEvent: { config } }),
    starts: (step) => emit({ resourcePreEvent: { metadata: metadataOf(step), ...planning } }),
    ends: (step) => emit({ resOutputsEvent: { metadata: metadataOf(step), ...planning } }),
    fails: (step) =>
      emit({ resOpFailedEvent: { metadata: metadataOf(step), status: 0, steps: 0 } }),
    diagnostic: (severity, message, urn) =>
      emit({ diagnosticEvent: { urn, prefix: '', message, color: 'never', severity } }),
    summary: ({ changes, seconds, failed }) =>
      emit({
        summaryEvent: {
          maybeCorrupt: false,
          durationSeconds: Math.round(seconds),
          resourceChanges: changes,
          PolicyPacks: {},
          isPreview: o.preview,
          result: failed ? 'failed' : 'succeeded',
        },
      }),
    async close() {
      emit({ cancelEvent: {} })
      await send?.end()
    },
  }
}

function metadataOf(step: StepEvent): Props {
  const record = step.new ?? step.old
  return {
    op: step.op,
    urn: step.urn,
    type: record?.type ?? '',
    // Copies, as large as the resources are, that few look at.
    get old() {
      return viewOf(step.old)
    },
    get new() {
      return viewOf(step.new)
    },
    keys: step.keys,
    diffs: step.diffs,
    detailedDiff: null,
    logical: true,
    provider: record?.provider ?? '',
  }
}

function viewOf(record: ResourceRecord | undefined): Props | null {
  if (!record) return null
  const { type, urn, custom, id, parent, protect, provider } = record
  return {
    type,
    urn,
    custom,
    id: id ?? '',
    parent: parent ?? '',
    protect,
    provider: provider ?? '',
    inputs: masked(record.inputs ?? {}),
    outputs: masked(record.outputs ?? {}),
  }
}

function openStream(target: string): { write(text: string): void; end(): Promise<void> } {
  if (!target.startsWith('tcp://')) throw new Error(`unknown event log ${target}`)
  const client = new clients.Events(
    target.slice('tcp://'.length),
    grpc.credentials.createInsecure(),
    channelOptions,
  )
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const call = client.streamEvents((error: Error | null) => (error ? reject(error) : resolve()))
  // A listener that went away must not take the operation with it: the state is what matters.
  const done = promise.catch(() => undefined)
  return {
    write(text) {
      call.write(new pb.events.EventRequest().setEvent(text))
    },
    async end() {
      call.end()
      await done
      client.close()
    },
  }
}

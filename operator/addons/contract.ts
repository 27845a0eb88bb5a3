// What an add-on says of itself. Data and pure functions alone: every process loads them, and the manager asks a tenant
// cluster after them itself, within its own limits. What installs the add-on is program/index.ts beside it (program/install.ts),
// which runners load and nobody else.
import type { z } from 'zod'

export type Addon<Schema extends z.ZodType = z.ZodType> = {
  /** Its folder here. */
  folder: string
  /** In the middle of a sentence, such as `the load-test operator`. */
  title: string
  /** Where the spec has its settings, under the name that all.ts exports it by: newcomers stand in spec.addons. */
  place: 'spec' | 'spec.addons'
  schema: Schema
  /** Whether these settings ask for it; without settings nobody does. */
  isOn(settings: NonNullable<z.output<Schema>>): boolean
  /** All of them have to be rolled out and ready. */
  workloads: readonly WorkloadRef[]
  /** Its pods tell in their own words what does not work. */
  probe?: AddonProbe
  condition: AddonCondition
  chart?: AddonChart
}

export type WorkloadRef =
  | { kind: 'DaemonSet'; namespace: string; name: string }
  /** By labels, for values of a chart can give it another name. */
  | { kind: 'Deployment'; namespace: string; labels: Readonly<Record<string, string>> }

/** Pods with the label app.kubernetes.io/name=`name`; one that is not Ready has `failed: <why>` as the last line of its log. */
export type AddonProbe = { namespace: string; name: string }

/** Several add-ons may share a condition: it is True when all of them are ready. */
export type AddonCondition = {
  type: `${string}Ready`
  ready: string
  /** Why nobody asks for it. */
  off: string
  /** While it is not ready; the catalogue of reasons has it. */
  reason: `${string}NotReady`
  summary: string
  advice: string
}

/** One that a chart of this repository installs, with values of the user's in the setting `values`. */
export type AddonChart = {
  /** Below charts/. */
  folder: string
  /** Of the chart; the setting `version` may ask for no other. */
  version: string
  /** Where the values name images. */
  images: readonly (readonly string[])[]
}

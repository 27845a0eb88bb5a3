// Tags as the real provider treats them: its default tags under the resource's own, AWS's own tags out of sight.
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'
import { unwrapped } from '../values.ts'
import { isObject } from '../../../../operator/engine/embedded/values/values.ts'

export type Tags = Record<string, string>

export const asTags = (value: unknown): Tags => {
  const tags = unwrapped(value)
  return isObject(tags)
    ? Object.fromEntries(Object.entries(tags).map(([key, text]) => [key, String(text)]))
    : {}
}

export const mergeTags = (defaults: Tags, own: unknown): Tags => ({ ...defaults, ...asTags(own) })

type KeyValue = { Key?: string | undefined; Value?: string | undefined }

export const tagList = (tags: Tags): { Key: string; Value: string }[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }))

/** From a service's answer; tags that AWS sets itself (aws:...) are left out. */
export function fromTagList(list: KeyValue[] | undefined): Tags {
  const tags = (list ?? []).map((tag) => [tag.Key ?? '', tag.Value ?? ''] as const)
  return withoutSystemTags(Object.fromEntries(tags))
}

export const withoutSystemTags = (tags: Tags | undefined): Tags =>
  Object.fromEntries(Object.entries(tags ?? {}).filter(([key]) => !key.startsWith('aws:')))

/** What the `tags` output shows: all tags but those that come from the defaults alone. */
export function ownTags(all: Tags, defaults: Tags, declared: unknown): Tags {
  const own = asTags(declared)
  return Object.fromEntries(
    Object.entries(all).filter(([key, value]) => key in own || defaults[key] !== value),
  )
}

export function tagDifference(olds: unknown, news: unknown): { set: Tags; remove: string[] } {
  const before = asTags(olds)
  const after = asTags(news)
  return {
    set: Object.fromEntries(Object.entries(after).filter(([key, value]) => before[key] !== value)),
    remove: Object.keys(before).filter((key) => !(key in after)),
  }
}

export const tagsOf = (inputs: Props): Tags => asTags(inputs['tagsAll'] ?? inputs['tags'])

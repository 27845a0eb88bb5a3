// Whoever adds a provider adds a line to each list: one that is forgotten would be found by a user whose spec names it.
import { expect, test } from 'vitest'
import { providerMembers } from '../../../operator/api/providers.ts'
import { managers } from '../../../operator/provider/registry/manager.ts'
import { runners } from '../../../operator/provider/registry/runner.ts'
import { workers } from '../../../operator/provider/registry/worker.ts'
import { clouds } from '../../../programs/index.ts'

test.each(Object.entries({ managers, workers, runners, clouds }))(
  'the list %s has a line for each member of spec.provider, and no other',
  (_name, list) => {
    expect(Object.keys(list).toSorted()).toEqual(Object.keys(providerMembers).toSorted())
  },
)

// The LocustTest kind, version v2 of group locust.io. Its schemas, and the types made of them, are beside this file.

export const locustTest = {
  group: 'locust.io',
  version: 'v2',
  kind: 'LocustTest',
  plural: 'locusttests',
  namespaced: true,
} as const

/** A new value runs a test that is over once more, from the spec as it is then. */
export const rerunAnnotation = 'locust.io/rerun'

/** Defaults, for objects that were stored before the API server filled them in, too. */
export const mountPaths = { src: '/lotest/src', lib: '/opt/locust/lib' } as const

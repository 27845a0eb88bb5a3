import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { cloudOwner, stackNames } from '../../../../operator/api/tenant/stack.ts'

test('stacks are called after namespace and name', () => {
  expect(stackNames({ namespace: 'team-a', name: 'payments' })).toEqual({
    cloud: 'team-a.payments',
    addons: 'team-a.payments.addons',
  })
})

test('the longest names that Kubernetes allows give names that Pulumi takes, and no two the same', () => {
  const name = 'n'.repeat(40)
  const tenants = ['a', 'b'].map((end) => ({ namespace: 's'.repeat(62) + end, name }))
  const names = tenants.flatMap((tenant) => Object.values(stackNames(tenant)))
  for (const one of names) expect(one).toMatch(/^[a-zA-Z0-9-_.]{1,100}$/)
  expect(new Set(names).size).toBe(4)
  expect(names[0]?.endsWith(`.${name}`)).toBe(true)
})

test('a name is cut only where it must be', () => {
  const tenant = (length: number) => ({ namespace: 's'.repeat(length), name: 'n'.repeat(40) })
  expect(stackNames(tenant(52)).addons).toBe(`${'s'.repeat(52)}.${'n'.repeat(40)}.addons`)
  expect(stackNames(tenant(53)).addons).toHaveLength(100)
})

test('an adopter goes by the uid of the one that it takes over from, and by its own names', () => {
  const metadata = { namespace: 'a', name: 'b', uid: 'own' }
  expect(cloudOwner({ metadata, spec: {} })).toEqual(metadata)
  const adopted = { ...metadata, uid: 'lost' }
  expect(cloudOwner({ metadata, spec: { adopt: { uid: 'lost' } } })).toEqual(adopted)
})

/** In workers and programs a tenant is a TenantInput, which openSession makes with it. */
test('wherever names in AWS are made of a TenantCluster, they are those of its cloudOwner', () => {
  const root = join(import.meta.dirname, '../../../../operator')
  const made = globSync('{controllers/tenant-cluster,jobs}/**/*.ts', { cwd: root }).flatMap(
    (file) =>
      [
        ...readFileSync(join(root, file), 'utf8').matchAll(
          /\b(?:physicalName|iamPath|ownerTags)\((.*)/g,
        ),
      ].map(([, given = '']) => `${file} ${given}`),
  )
  expect(made.length).toBeGreaterThan(3)
  expect(made.filter((call) => !/ (?:cloudOwner\(|owner\)|tenant\))/.test(call))).toEqual([])
})

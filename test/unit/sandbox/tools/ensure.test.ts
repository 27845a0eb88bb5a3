// Which version a program says it is, and which Kubernetes minors are wanted.
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { goTool, kubernetesReleases } from '../../../sandbox/tools/catalogue.ts'
import { outputName } from '../../../sandbox/tools/build.ts'
import { saysVersion, wantedMinors } from '../../../sandbox/tools/ensure.ts'

test.each([
  ['Kubernetes v1.36.3', 'v1.36.3', true],
  ['Kubernetes v1.36.30', 'v1.36.3', false],
  ['Kubernetes v1.36.3-eks-1', 'v1.36.3', false],
  ['v3.22.0+gabc', 'v3.22.0', true],
  ['etcd Version: 3.7.3\nGit SHA: abc', 'v3.7.3', true],
  ['etcd Version: 13.7.3', 'v3.7.3', false],
  ['runc version 1.5.2\nspec: 1.2.1', 'v1.5.2', true],
  ['', 'v1.5.2', false],
])('%j says %s: %s', (output, version, expected) => {
  expect(saysVersion(output, version)).toBe(expected)
})

test('minors come from the environment, 1.36 by default', () => {
  expect(wantedMinors(undefined)).toEqual(['1.36'])
  expect(wantedMinors('1.36, 1.35')).toEqual(['1.36', '1.35'])
  expect(() => goTool('kubelet', '1.20')).toThrow('Kubernetes 1.20 is not among 1.36, 1.35')
})

test.each(Object.entries(kubernetesReleases))(
  'the module of Kubernetes %s pins %s and stamps it',
  (minor, version) => {
    const tool = goTool('kubelet', minor)
    const mod = new URL(
      `../../../sandbox/tools/modules/${tool.module.name}/go.mod`,
      import.meta.url,
    )
    expect(readFileSync(mod, 'utf8')).toContain(`k8s.io/kubernetes ${version}`)
    expect(tool.module.stamps).toContain(`k8s.io/component-base/version.gitVersion=${version}`)
  },
)

test.each([
  ['k8s.io/kubernetes/cmd/kubelet', 'kubelet'],
  ['go.etcd.io/etcd/server/v3', 'server'],
  ['./coredns', 'coredns'],
])('go build calls %s %s', (path, name) => {
  expect(outputName(path)).toBe(name)
})

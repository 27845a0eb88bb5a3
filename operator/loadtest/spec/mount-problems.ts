// Mounts that would get into each other's way: the user's own, and those of the operator.
import type { LocustTestSpec } from '../../api/locust/locust-types.ts'
import { mountPaths } from '../../api/locust/locust-test.ts'
import { reportDirectory } from '../resources/report-script.ts'

export function testFileProblems({ testFiles }: LocustTestSpec): string[] {
  const { src, lib } = pathsOf(testFiles)
  return testFiles?.configMapRef && testFiles.libConfigMapRef && samePath(src, lib)
    ? [`spec.testFiles.libMountPath: "${lib}" is the path of spec.testFiles.srcMountPath too`]
    : []
}

export function secretMountProblems(spec: LocustTestSpec): string[] {
  const mounts = secretMounts(spec)
  return mounts.flatMap(({ field, name, path }, at) => {
    const before = mounts.slice(0, at)
    const double = before.find((other) => other.name === name)
    return [
      ...reservedPaths(spec)
        .filter((reserved) => overlaps(path, reserved))
        .map(
          (reserved) =>
            `${field}.mountPath: secretMount path "${path}" conflicts with reserved path "${reserved}"; operator uses this path for test files`,
        ),
      ...(double ? [`${field}.name: Secret "${name}" is mounted by ${double.field} already`] : []),
      ...twinProblem(field, path, before),
    ]
  })
}

export function volumeMountProblems(spec: LocustTestSpec): string[] {
  const known = new Set((spec.volumes ?? []).map(({ name }) => name))
  const mounts = (spec.volumeMounts ?? []).map(({ name, mountPath, target }, at) => ({
    field: `spec.volumeMounts[${at}]`,
    name,
    path: mountPath,
    target,
  }))
  return mounts.flatMap(({ field, name, path, target }, at) => {
    const before = mounts.slice(0, at).filter((other) => sharesPod(other.target, target))
    return [
      ...reservedPaths(spec)
        .filter((reserved) => overlaps(path, reserved))
        .map(
          (reserved) =>
            `${field}.mountPath: volumeMount path "${path}" conflicts with reserved path "${reserved}"`,
        ),
      ...(known.has(name)
        ? []
        : [`${field}.name: volumeMount "${name}" references undefined volume`]),
      ...twinProblem(field, path, [...secretMounts(spec), ...before]),
    ]
  })
}

const pathsOf = (testFiles: LocustTestSpec['testFiles']) => ({
  src: testFiles?.srcMountPath ?? mountPaths.src,
  lib: testFiles?.libMountPath ?? mountPaths.lib,
})

/** Where the operator mounts test files, or would. */
function reservedPaths({ testFiles, report }: LocustTestSpec): string[] {
  const { src, lib } = pathsOf(testFiles)
  const used = [
    ...(testFiles?.configMapRef ? [src] : []),
    ...(testFiles?.libConfigMapRef ? [lib] : []),
  ]
  const files = used.length > 0 ? used : [mountPaths.src, mountPaths.lib]
  return report ? [...files, reportDirectory] : files
}

const secretMounts = ({ env }: LocustTestSpec) =>
  (env?.secretMounts ?? []).map(({ name, mountPath }, at) => ({
    field: `spec.env.secretMounts[${at}]`,
    name,
    path: mountPath,
  }))

function twinProblem(field: string, path: string, others: { field: string; path: string }[]) {
  const twin = others.find((other) => samePath(other.path, path))
  return twin ? [`${field}.mountPath: "${path}" is the path of ${twin.field} too`] : []
}

const sharesPod = (a = 'both', b = 'both') => a === b || a === 'both' || b === 'both'
const samePath = (a: string, b: string) => trimmed(a) === trimmed(b)
const trimmed = (path: string) => path.replace(/\/+$/, '')

function overlaps(a: string, b: string): boolean {
  const [one, two] = [trimmed(a), trimmed(b)]
  return one === two || one.startsWith(`${two}/`) || two.startsWith(`${one}/`)
}

// Volumes and mounts of the Locust pods: test files, libraries, secrets, then the user's own.
import type { LocustTestSpec, Volume, VolumeMount } from '../../api/locust/locust-types.ts'
import { mountPaths } from '../../api/locust/locust-test.ts'
import type { Mode } from '../pods/names.ts'
import type { Subject } from '../spec/subject.ts'
import { nodeName } from '../pods/names.ts'
import { reportMounts, reportVolumes } from './report.ts'

export const libVolume = 'locust-lib'
export const secretVolume = (secret: string) => `secret-${secret}`

export function volumes(subject: Subject, mode: Mode): Volume[] {
  const { testFiles, env, volumes: own = [] } = subject.spec
  const used = new Set(ownMounts(subject.spec, mode).map((mount) => mount.name))
  return [
    ...configMapVolume(nodeName(subject.name, mode), testFiles?.configMapRef),
    ...configMapVolume(libVolume, testFiles?.libConfigMapRef),
    ...(env?.secretMounts ?? []).map(({ name }) => ({
      name: secretVolume(name),
      secret: { secretName: name },
    })),
    ...(mode === 'master' ? reportVolumes(subject.spec) : []),
    ...own.filter((volume) => used.has(volume.name)),
  ]
}

export function volumeMounts(subject: Subject, mode: Mode): VolumeMount[] {
  const { testFiles, env } = subject.spec
  const src = {
    name: nodeName(subject.name, mode),
    mountPath: testFiles?.srcMountPath ?? mountPaths.src,
  }
  const lib = { name: libVolume, mountPath: testFiles?.libMountPath ?? mountPaths.lib }
  return [
    ...(testFiles?.configMapRef ? [src] : []),
    ...(testFiles?.libConfigMapRef ? [lib] : []),
    ...(env?.secretMounts ?? []).map(({ name, mountPath, readOnly = true }) => ({
      name: secretVolume(name),
      mountPath,
      ...(readOnly && { readOnly }),
    })),
    ...(mode === 'master' ? reportMounts(subject.spec) : []),
    ...ownMounts(subject.spec, mode).map(({ target: _target, ...mount }) => mount),
  ]
}

const ownMounts = (spec: LocustTestSpec, mode: Mode) =>
  (spec.volumeMounts ?? []).filter(({ target = 'both' }) => target === 'both' || target === mode)

const configMapVolume = (name: string, configMap: string | undefined): Volume[] =>
  configMap ? [{ name, configMap: { name: configMap } }] : []

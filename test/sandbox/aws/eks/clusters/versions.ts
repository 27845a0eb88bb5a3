// The Kubernetes versions on offer: exactly those that the backend can run.
import type { EksCall } from '../service.ts'

export async function describeClusterVersions(c: EksCall) {
  const offered = await c.backend.versions()
  const newest = offered.at(-1)
  const wanted = c.query.getAll('clusterVersions')
  const defaultOnly = c.query.get('defaultOnly') === 'true'
  const clusterVersions = offered
    .filter((version) => wanted.length === 0 || wanted.includes(version))
    .filter((version) => !defaultOnly || version === newest)
    .map((clusterVersion) => ({
      clusterVersion,
      clusterType: 'eks',
      defaultPlatformVersion: 'eks.1',
      defaultVersion: clusterVersion === newest,
      ...supportDates(clusterVersion),
      status: 'standard-support',
      versionStatus: 'STANDARD_SUPPORT',
      kubernetesPatchVersion: `${clusterVersion}.0`,
    }))
  return { clusterVersions, nextToken: null }
}

/** A minor every four months, 14 months of standard and 12 more of extended support; counted from 1.33 of May 2025. */
function supportDates(version: string) {
  const monthsAfter = (Number(version.split('.')[1]) - 33) * 4
  const at = (months: number) => Date.UTC(2025, 4 + monthsAfter + months, 29) / 1000
  return { releaseDate: at(0), endOfStandardSupportDate: at(14), endOfExtendedSupportDate: at(26) }
}

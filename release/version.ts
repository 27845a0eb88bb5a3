// Where the version of a release stands, and what it becomes. Pure: release.ts reads and writes the files.
import semver from 'semver'

/**
 * By what is around it, so that a file may move. A version that is not the release's, as of a Go module or of an image that
 * only the sandbox has, looks like none of these.
 */
const contexts = (version: string): RegExp[] => {
  const it = version.replaceAll('.', String.raw`\.`)
  const end = String.raw`(?![\w.-])`
  return [
    // package.json and the lock file: ours and those of packages of this repository
    String.raw`(?<="name": "@?cratekube[^"]*",\s+"version": ")${it}(?=")`,
    // Chart.yaml
    String.raw`(?<=^(?:version|appVersion): )${it}$`,
    // images, and what the charts' tests render of them
    String.raw`(?<=/(?:cratekube|autofs):)${it}${end}`,
    String.raw`(?<=helm\.sh/chart: cratekube(?:-loadtest)?-)${it}${end}`,
    String.raw`(?<=app\.kubernetes\.io/version: "?)${it}${end}`,
    // the chart that a tenant gets
    String.raw`(?<=loadTestChartVersion = ')${it}(?=')`,
    // docs/guides/install.md
    String.raw`(?<=^version=)${it}$`,
    String.raw`(?<=^ +tag: )${it}$`,
  ].map((source) => new RegExp(source, 'gm'))
}

/** The text of a file with the version raised wherever it stands as the release's. */
export const raised = (text: string, from: string, to: string): string =>
  contexts(from).reduce((now, context) => now.replaceAll(context, to), text)

const unreleased = /^## (.+) \(unreleased\)$/m

/** The text of CHANGELOG.md whose entries without a release are those of this one. */
export function dated(changelog: string, version: string, date: string): string {
  if (!unreleased.test(changelog)) {
    const [first = 'no heading'] = /^## .*$/m.exec(changelog) ?? []
    throw new Error(
      `CHANGELOG.md: expected what is new below a heading "## … (unreleased)", got "${first}"`,
    )
  }
  return changelog.replace(unreleased, `## ${version} (${date})`)
}

/** Throws what is wrong with the version that was asked for. */
export function checkVersion(wanted: string, current: string): void {
  // Not v1.2.3, which semver would take; no build metadata, which no tag of an image may have.
  if (semver.valid(wanted) !== wanted)
    throw new Error(`version: expected X.Y.Z or X.Y.Z-rc.1, got ${JSON.stringify(wanted)}`)
  if (!semver.gt(wanted, current))
    throw new Error(`version: expected one above ${current}, got ${wanted}`)
}

export function checkDate(date: string): void {
  const day = new Date(`${date}T00:00:00Z`)
  const known = !Number.isNaN(day.getTime()) && day.toISOString().startsWith(date)
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || !known)
    throw new Error(`--date: expected a day as 2026-01-31, got ${JSON.stringify(date)}`)
}

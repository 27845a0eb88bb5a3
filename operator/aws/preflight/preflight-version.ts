// What EKS says against the version of a spec, beside the version that the cluster really runs: somebody may have raised
// it in the console, AWS may have at the end of its support, or a raise of the spec was never carried out.
import { DescribeClusterCommand, DescribeClusterVersionsCommand } from '@aws-sdk/client-eks'
import type { Fault } from '../../api/faults/fault.ts'
import { physicalName } from '../../api/tenant/stack.ts'
import { ifFound } from '../faults/sdk-faults.ts'
import { invalid, options, type Check } from './preflight-check.ts'

const inputPath = 'spec.kubernetesVersion'

export async function versionFaults(check: Check): Promise<Fault[]> {
  const wanted = check.tenant.spec.kubernetesVersion
  const running = await runningVersion(check)
  if (running === wanted) return [] // also one that EKS offers to nobody new
  const mismatch = running === undefined ? undefined : mismatchOf(wanted, running)
  return mismatch ? [mismatch] : await notOffered(check, wanted)
}

async function runningVersion(check: Check): Promise<string | undefined> {
  const request = new DescribeClusterCommand({ name: physicalName(check.tenant) })
  const found = await ifFound(check.aws.eks.send(request, options(check)))
  return found?.cluster?.version
}

/** The control plane goes up by one minor version, and never back: EKS's rollback ends after seven days. */
export function mismatchOf(wanted: string, running: string): Fault | undefined {
  const step = minor(wanted) - minor(running)
  if (step === 0 || step === 1) return undefined
  const next = step < 0 ? running : `1.${minor(running) + 1}`
  return {
    code: 'AWS.VersionMismatch',
    inputPath,
    value: wanted,
    message: `${inputPath}: the cluster runs ${running}, which cannot become ${wanted} in one step`,
    action:
      step < 0
        ? `Set spec.kubernetesVersion to "${next}": the control plane was raised outside CrateKube, and is not lowered.`
        : `Set spec.kubernetesVersion to "${next}" first.`,
    retryable: false,
  }
}

async function notOffered(check: Check, wanted: string): Promise<Fault[]> {
  const answer = await check.aws.eks.send(new DescribeClusterVersionsCommand({}), options(check))
  const offered = (answer.clusterVersions ?? []).flatMap((v) => v.clusterVersion ?? [])
  if (offered.includes(wanted)) return []
  const list = offered.toSorted((a, b) => minor(b) - minor(a)).join(', ')
  return [invalid(inputPath, `a version that EKS offers (${list})`, wanted)]
}

const minor = (kubernetesVersion: string) => Number(kubernetesVersion.split('.')[1])

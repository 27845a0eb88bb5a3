// An API server looks at its admission policies once a second: one that was just made refuses nothing yet, and nowhere says so.
import { randomBytes } from 'node:crypto'
import { core, KubeError, type Kube } from '../../../operator/framework/index.ts'
import { waitFor } from '../machine/wait.ts'

/** Every policy and binding that was there before is in force: it looks at all of them at once, and does refuse the mark made last. */
export async function policiesInForce(kube: Kube): Promise<void> {
  const name = `mark-${randomBytes(6).toString('hex')}`
  const isMark = `object.metadata.name == '${name}'`
  await kube.create(core.validatingAdmissionPolicy, {
    metadata: { name },
    spec: {
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: [''],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['configmaps'],
          },
        ],
      },
      matchConditions: [{ name: 'mark', expression: isMark }],
      validations: [{ expression: 'false', message: name }],
    },
  })
  await kube.create(core.validatingAdmissionPolicyBinding, {
    metadata: { name },
    spec: { policyName: name, validationActions: ['Deny'] },
  })
  try {
    await waitFor(() => isRefused(kube, name), {
      what: 'the admission policies are in force',
      timeoutMs: 30_000,
    })
  } finally {
    await kube.delete(core.validatingAdmissionPolicyBinding, { name })
    await kube.delete(core.validatingAdmissionPolicy, { name })
  }
}

async function isRefused(kube: Kube, name: string): Promise<boolean> {
  const mark = { metadata: { name, namespace: 'default' } }
  try {
    await kube.create(core.configMap, mark, { dryRun: true })
    return false
  } catch (error) {
    if (error instanceof KubeError && error.message.includes(name)) return true
    throw error
  }
}

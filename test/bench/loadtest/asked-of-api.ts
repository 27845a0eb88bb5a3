// What the API server was asked and by whom, by its audit log: the same measure for every client of it.
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { dump } from 'js-yaml'

export type AuditLog = {
  /** For the API server. */
  readonly flags: readonly string[]
  /** Requests of a client about objects whose names begin so; reads of a pod's log and of what it serves aside. */
  count(o: { agent: string; names: string }): Promise<number>
}

type AuditEvent = {
  userAgent?: string
  objectRef?: { name?: string; subresource?: string }
}

const aside = new Set(['log', 'proxy'])

export async function auditLog(root: string, name: string): Promise<AuditLog> {
  const [policy, log] = [join(root, `${name}-audit.yaml`), join(root, `${name}-audit.log`)]
  await writeFile(
    policy,
    dump({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived', 'ResponseStarted'],
      rules: [{ level: 'Metadata' }],
    }),
  )
  return {
    flags: [`--audit-policy-file=${policy}`, `--audit-log-path=${log}`],
    async count({ agent, names }) {
      const lines = (await readFile(log, 'utf8')).split('\n').slice(0, -1) // the last may be half written
      const events = lines.map((line) => JSON.parse(line) as AuditEvent) // audit.k8s.io/v1
      return events.filter(
        ({ userAgent = '', objectRef: { name = '', subresource = '' } = {} }) =>
          userAgent.startsWith(agent) && name.startsWith(names) && !aside.has(subresource),
      ).length
    },
  }
}

// EFS: moto with states that take time and with the operations it lacks. A file system is a directory of this machine, which
// the sandbox's mount helper serves: it comes and goes with the file system.
import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { DeleteMountTargetCommand, DescribeMountTargetsCommand } from '@aws-sdk/client-efs'
import { jsonBody, jsonReply } from '../call.ts'
import type { Call, Reply } from '../call.ts'
import { ClockStopped } from '../clock.ts'
import { AwsError } from '../errors.ts'
import { forwardToMoto } from '../moto/forward.ts'
import type { Service } from '../front.ts'
import { efsOperation } from './efs-routes.ts'
import type { Answer, GuardDeps } from './guard.ts'
import { remembered } from './remembered.ts'

const times = { fileSystem: 5_000, mountTarget: 80_000, deleteMountTarget: 30_000 }

type EfsDeps = GuardDeps & { efsDir: string }

export function efsService(d: EfsDeps): Service {
  const states = new Map<string, 'creating' | 'deleting'>()
  const policies = new Map<string, string>()
  const changes = new Map<string, Record<string, unknown>>()
  const forward: Answer = async (call) =>
    overlay(await forwardToMoto(d.moto, call), states, changes)
  const answers: Record<string, Answer> = {
    CreateFileSystem: (call) => createFileSystem({ ...d, states }, call, forward),
    DeleteFileSystem: async (call) => {
      const reply = await forward(call)
      if (reply.status < 300)
        await rm(path.join(d.efsDir, idOf(call)), { recursive: true, force: true })
      return reply
    },
    UpdateFileSystem: async (call) => {
      const id = idOf(call)
      const found = await described(d, call, id)
      changes.set(id, { ...changes.get(id), ...jsonBody(call) })
      return jsonReply({ ...found, ...changes.get(id) }, 202)
    },
    CreateMountTarget: (call) => createMountTarget({ ...d, states }, call, forward),
    DeleteMountTarget: (call) => deleteMountTarget({ ...d, states }, call),
    CreateAccessPoint: remembered(forward),
    PutBackupPolicy: async (call) => {
      const { BackupPolicy } = jsonBody(call)
      await described(d, call, idOf(call))
      policies.set(idOf(call), JSON.stringify({ BackupPolicy }))
      return jsonReply({ BackupPolicy })
    },
    DescribeBackupPolicy: async (call) => {
      const policy = policies.get(idOf(call))
      if (policy === undefined)
        throw new AwsError('PolicyNotFound', 'None', 404, { ErrorCode: 'PolicyNotFound' })
      return { ...jsonReply({}), body: policy }
    },
    DeleteFileSystemPolicy: (call) =>
      forward({ ...call, method: 'PUT', body: Buffer.from(JSON.stringify({ Policy: '' })) }).then(
        () => jsonReply({}),
      ),
  }
  return {
    route: efsOperation,
    answer: (call) => (answers[call.operation] ?? forward)(call),
  }
}

/** /2015-02-01/<kind>/<id>/… */
const idOf = (call: Call) => decodeURIComponent(call.path.split('/')[3] ?? '')

type WithStates = EfsDeps & { states: Map<string, 'creating' | 'deleting'> }

async function createFileSystem(d: WithStates, call: Call, forward: Answer): Promise<Reply> {
  const reply = await forward(call)
  const id = field(reply, 'FileSystemId')
  if (reply.status >= 300 || id === undefined) return reply
  await mkdir(path.join(d.efsDir, id), { recursive: true })
  return creating(d, reply, { id, ms: times.fileSystem })
}

async function createMountTarget(d: WithStates, call: Call, forward: Answer): Promise<Reply> {
  const fileSystem = String(jsonBody(call)['FileSystemId'])
  if (d.states.get(fileSystem) === 'creating')
    throw new AwsError('IncorrectFileSystemLifeCycleState', `None`, 409, {
      ErrorCode: 'IncorrectFileSystemLifeCycleState',
    })
  const reply = await forward(call)
  const id = field(reply, 'MountTargetId')
  return reply.status < 300 && id !== undefined
    ? creating(d, reply, { id, ms: times.mountTarget })
    : reply
}

function creating(d: WithStates, reply: Reply, o: { id: string; ms: number }): Reply {
  d.states.set(o.id, 'creating')
  d.clock.after(o.ms, () => void (d.states.get(o.id) === 'creating' && d.states.delete(o.id)))
  return { ...reply, body: JSON.stringify({ ...parsed(reply), LifeCycleState: 'creating' }) }
}

async function deleteMountTarget(d: WithStates, call: Call): Promise<Reply> {
  const MountTargetId = idOf(call)
  const efs = d.moto.efs(call.region)
  try {
    await efs.send(new DescribeMountTargetsCommand({ MountTargetId }))
  } catch (error) {
    throw new AwsError(
      'MountTargetNotFound',
      `Mount target '${MountTargetId}' does not exist.`,
      404,
      { cause: String(error) },
    )
  }
  if (d.states.get(MountTargetId) !== 'deleting') {
    d.states.set(MountTargetId, 'deleting')
    d.clock
      .sleep(times.deleteMountTarget)
      .then(() => efs.send(new DeleteMountTargetCommand({ MountTargetId })))
      .then(
        () => d.states.delete(MountTargetId),
        (error: unknown) => {
          if (!(error instanceof ClockStopped)) d.onBackgroundError(error)
        },
      )
  }
  return { status: 204, headers: {}, body: '' }
}

async function described(d: EfsDeps, call: Call, id: string): Promise<Record<string, unknown>> {
  const reply = await forwardToMoto(d.moto, {
    ...call,
    operation: 'DescribeFileSystems',
    method: 'GET',
    path: '/2015-02-01/file-systems',
    rawQuery: `FileSystemId=${id}`,
    body: Buffer.alloc(0),
  })
  const list = parsed(reply)['FileSystems']
  const found: unknown = Array.isArray(list) ? list[0] : undefined
  if (typeof found !== 'object' || found === null)
    throw new AwsError('FileSystemNotFound', `File system '${id}' does not exist.`, 404, {
      ErrorCode: 'FileSystemNotFound',
    })
  return { ...found }
}

function parsed(reply: Reply): Record<string, unknown> {
  const value: unknown = reply.body === '' ? {} : JSON.parse(reply.body)
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function field(reply: Reply, name: string): string | undefined {
  const value = parsed(reply)[name]
  return typeof value === 'string' ? value : undefined
}

/** What has changed since moto last knew. */
function overlay(
  reply: Reply,
  states: Map<string, string>,
  changes: Map<string, Record<string, unknown>>,
): Reply {
  if (reply.status >= 300 || !reply.body.startsWith('{')) return reply
  const body = parsed(reply)
  for (const [key, idKey] of [
    ['FileSystems', 'FileSystemId'],
    ['MountTargets', 'MountTargetId'],
  ] as const) {
    const items = body[key]
    if (!Array.isArray(items)) continue
    body[key] = items.map((item: Record<string, unknown>) => {
      const id = String(item[idKey])
      return {
        ...item,
        ...changes.get(id),
        ...(states.has(id) ? { LifeCycleState: states.get(id) } : {}),
      }
    })
  }
  return { ...reply, body: JSON.stringify(body) }
}

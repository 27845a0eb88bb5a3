// A control plane with a connection to it, for tests that need a real API server. Nothing is on it yet.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, kubeconfigCredentials, type Kube } from '../../operator/framework/index.ts'
import {
  startControlPlane,
  type ControlPlane,
  type ControlPlaneOptions,
} from '../sandbox/management/control-plane.ts'

export type TestPlane = {
  readonly control: ControlPlane
  readonly kube: Kube
  readonly kubeconfig: string
  /** For the files of a test; goes with the plane, but for one that was given. */
  readonly dir: string
  stop(): Promise<void>
}

type Options = Pick<ControlPlaneOptions, 'controllerManager'> & {
  /** The caller's, who also removes it. */
  dir?: string
  /** What is on it before anybody uses it. When it fails, nothing stays behind. */
  prepare?(kube: Kube): Promise<unknown>
}

export async function startTestPlane(o: Options = {}): Promise<TestPlane> {
  await using end = new AsyncDisposableStack()
  const { controllerManager = false } = o
  const dir = o.dir ?? (await mkdtemp(join(tmpdir(), 'cratekube-plane-')))
  if (o.dir === undefined) end.defer(() => rm(dir, { recursive: true, force: true }))
  const control = await startControlPlane({ root: dir, name: 'plane', controllerManager })
  end.defer(() => control.stop())
  const kube = connect(kubeconfigCredentials(control.kubeconfig))
  end.defer(() => kube.close())
  await o.prepare?.(kube)
  const all = end.move()
  const stop = () => all.disposeAsync()
  return { control, kube, kubeconfig: control.kubeconfig, dir, stop }
}

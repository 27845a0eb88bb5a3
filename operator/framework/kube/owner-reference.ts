// The owner reference by which an object goes with the one that controls it.
import type { KubeObject, OwnerReference } from './objects.ts'

export const controllerReference = (owner: {
  apiVersion: string
  kind: string
  name: string
  uid: string
}): OwnerReference => ({
  apiVersion: owner.apiVersion,
  kind: owner.kind,
  name: owner.name,
  uid: owner.uid,
  controller: true,
  blockOwnerDeletion: true,
})

export const isControlledBy = ({ metadata }: Pick<KubeObject, 'metadata'>, uid: string): boolean =>
  metadata.ownerReferences?.some((owner) => owner.controller === true && owner.uid === uid) ?? false

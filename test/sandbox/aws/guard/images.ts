// Machine images: the ones that /aws/service/… parameters name must exist, and so must a few of the customer's own.
import { createHash } from 'node:crypto'
import { listOf, xmlReply } from './guard.ts'
import type { Answer } from './guard.ts'

/** A customer's own image: the sandbox's stand-in for a custom AMI, one for each architecture. */
const customImages: Record<string, string> = {
  'ami-0c4a7e4b0e0000001': 'x86_64',
  'ami-0c4a7e4b0e0000002': 'arm64',
}

/** The same parameter always names the same image; the id tells images of ours from others, and their architecture. */
export function imageIdOf(parameter: string): string {
  const hash = createHash('sha256').update(parameter).digest('hex').slice(0, 9)
  return `ami-0e45${/arm64|aarch64/.test(parameter) ? 'a' : '8'}000${hash}`
}

function architectureOf(id: string): string | undefined {
  if (/^ami-0e458000[0-9a-f]{9}$/.test(id)) return 'x86_64'
  if (/^ami-0e45a000[0-9a-f]{9}$/.test(id)) return 'arm64'
  return customImages[id]
}

export function describeImages(forward: Answer): Answer {
  return async (call) => {
    const ids = listOf(call.form, 'ImageId')
    if (ids.length === 0 || !ids.every((id) => architectureOf(id) !== undefined))
      return forward(call)
    return xmlReply(
      `<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>${call.requestId}</requestId><imagesSet>${ids.map(imageXml).join('')}</imagesSet></DescribeImagesResponse>`,
    )
  }
}

const imageXml = (id: string) =>
  `<item><imageId>${id}</imageId><imageLocation>amazon/${id}</imageLocation><imageState>available</imageState><imageOwnerId>602401143452</imageOwnerId>` +
  `<isPublic>true</isPublic><architecture>${architectureOf(id)}</architecture><imageType>machine</imageType><name>sandbox-${id}</name>` +
  '<rootDeviceType>ebs</rootDeviceType><rootDeviceName>/dev/xvda</rootDeviceName><virtualizationType>hvm</virtualizationType><hypervisor>xen</hypervisor>' +
  '<blockDeviceMapping><item><deviceName>/dev/xvda</deviceName><ebs><volumeSize>20</volumeSize><volumeType>gp3</volumeType><encrypted>false</encrypted><deleteOnTermination>true</deleteOnTermination></ebs></item></blockDeviceMapping></item>'

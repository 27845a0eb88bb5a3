import { describe, expect, test } from 'vitest'
import { InvalidSpec } from '../../../../operator/api/faults/fault.ts'
import { recordCloud } from '../../../support/aws/recorded-cloud.ts'

const pool = async (o: object, spec: object = {}) => {
  const program = await recordCloud({ ...spec, nodePools: [{ name: 'workers', ...o }] })
  return {
    group: program.the('aws:eks/nodeGroup:NodeGroup', 'workers').inputs,
    template: program.the('aws:ec2/launchTemplate:LaunchTemplate', 'workers').inputs,
  }
}

test('takes size, machines, labels and taints to the node group', async () => {
  const { group } = await pool({
    aws: { instanceTypes: ['m7i.large', 'm6i.large'] },
    min: 2,
    desired: 3,
    max: 9,
    labels: { team: 'payments' },
    taints: [
      { key: 'a', value: 'x', effect: 'NoSchedule' },
      { key: 'b', effect: 'PreferNoSchedule' },
      { key: 'c', value: 'y', effect: 'NoExecute' },
    ],
  })
  expect(group).toMatchObject({
    clusterName: 'payments-0a1b2c3d',
    nodeRoleArn: 'arn:aws:iam::123456789012:role/nodes',
    subnetIds: ['private-0-id', 'private-1-id'],
    instanceTypes: ['m7i.large', 'm6i.large'],
    scalingConfig: { minSize: 2, desiredSize: 3, maxSize: 9 },
    capacityType: 'ON_DEMAND',
    labels: { team: 'payments' },
    taints: [
      { key: 'a', value: 'x', effect: 'NO_SCHEDULE' },
      { key: 'b', value: '', effect: 'PREFER_NO_SCHEDULE' },
      { key: 'c', value: 'y', effect: 'NO_EXECUTE' },
    ],
    updateConfig: { maxUnavailablePercentage: 33 },
    nodeRepairConfig: { enabled: true },
  })
})

test('buys Spot capacity when asked', async () => {
  expect((await pool({ aws: { capacity: 'Spot' } })).group).toMatchObject({ capacityType: 'SPOT' })
})

test('follows the version of the cluster', async () => {
  const { group } = await pool({}, { kubernetesVersion: '1.35' })
  expect(group).toMatchObject({ version: '1.35' })
})

test('makes every pool of the spec', async () => {
  const program = await recordCloud({
    nodePools: [{ name: 'a' }, { name: 'b', aws: { capacity: 'Spot' } }],
  })
  expect(program.of('aws:eks/nodeGroup:NodeGroup').map((g) => g.name)).toEqual(['a', 'b'])
  expect(program.of('aws:ec2/launchTemplate:LaunchTemplate').map((t) => t.name)).toEqual(['a', 'b'])
})

describe('machine image', () => {
  test('of a family is chosen by EKS', async () => {
    const { group, template } = await pool({ aws: { image: { family: 'Bottlerocket' } } })
    expect(group).toMatchObject({ amiType: 'BOTTLEROCKET_x86_64' })
    expect(template).not.toHaveProperty('imageId')
    expect(template).not.toHaveProperty('userData')
  })

  test('of two architectures is refused before anything is registered', async () => {
    await expect(pool({ aws: { instanceTypes: ['m6i.large', 'm7g.large'] } })).rejects.toThrow(
      InvalidSpec,
    )
  })

  test('of the user’s own brings its version and joins by nodeadm', async () => {
    const { group, template } = await pool({
      aws: { image: { id: 'ami-0123456789abcdef0' } },
      labels: { team: 'payments', tier: 'web' },
      taints: [{ key: 'dedicated', value: 'web', effect: 'NoSchedule' }],
    })
    expect(group).not.toHaveProperty('amiType')
    expect(group).not.toHaveProperty('version')
    expect(template['imageId']).toBe('ami-0123456789abcdef0')
    const mime = Buffer.from(template['userData'], 'base64').toString().split('\r\n')
    expect(mime[1]).toBe('Content-Type: multipart/mixed; boundary="cratekube"')
    expect(mime[4]).toBe('Content-Type: application/node.eks.aws')
    expect(JSON.parse(mime[6] ?? '')).toEqual({
      apiVersion: 'node.eks.aws/v1alpha1',
      kind: 'NodeConfig',
      spec: {
        cluster: {
          name: 'payments-0a1b2c3d',
          apiServerEndpoint: 'https://api.example',
          certificateAuthority: 'Q0E=',
          cidr: '172.20.0.0/16',
        },
        kubelet: {
          flags: [
            `--node-labels=${[
              `eks.amazonaws.com/nodegroup=${group['nodeGroupName']}`,
              'eks.amazonaws.com/nodegroup-image=ami-0123456789abcdef0',
              'eks.amazonaws.com/capacityType=ON_DEMAND',
              'team=payments',
              'tier=web',
            ].join(',')}`,
            '--register-with-taints=dedicated=web:NoSchedule',
          ],
        },
      },
    })
  })
})

describe('volumes', () => {
  const ebs = { volumeType: 'gp3', encrypted: 'true', deleteOnTermination: 'true' }

  test('are one of the size asked for on AL2023', async () => {
    expect((await pool({ aws: { diskGiB: 120 } })).template['blockDeviceMappings']).toEqual([
      { deviceName: '/dev/xvda', ebs: { ...ebs, volumeSize: 120 } },
    ])
  })

  test('are the system’s and one of the size asked for on Bottlerocket', async () => {
    const { template } = await pool({ aws: { diskGiB: 80, image: { family: 'Bottlerocket' } } })
    expect(template['blockDeviceMappings']).toEqual([
      { deviceName: '/dev/xvda', ebs },
      { deviceName: '/dev/xvdb', ebs: { ...ebs, volumeSize: 80 } },
    ])
  })
})

describe('name of the node group', () => {
  const names = async (o: object) => {
    const { group, template } = await pool(o)
    return [group['nodeGroupName'], template['name']]
  }

  test('stays when EKS can change the node group in place', async () => {
    const before = await names({})
    expect(before[0]).toMatch(/^workers-[0-9a-f]{8}$/)
    expect(before[1]).toBe(`payments-0a1b2c3d-${before[0]}`)
    const after = await names({
      min: 0,
      desired: 2,
      max: 5,
      aws: { diskGiB: 200 },
      labels: { a: 'b' },
    })
    expect(after).toEqual(before)
  })

  test.for([
    { aws: { instanceTypes: ['c7i.large'] } },
    { aws: { capacity: 'Spot' } },
    { aws: { image: { family: 'Bottlerocket' } } },
    { aws: { image: { id: 'ami-0123456789abcdef0' } } },
  ])('changes with %j, for which EKS needs a new one', async (change) => {
    const [before, after] = [await names({}), await names(change)]
    expect(after[0]).not.toBe(before[0])
    expect(after[1]).not.toBe(before[1])
  })

  test('stays when one own image follows another', async () => {
    expect(await names({ aws: { image: { id: 'ami-00000001' } } })).toEqual(
      await names({ aws: { image: { id: 'ami-00000002' } } }),
    )
  })
})

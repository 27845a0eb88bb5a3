// The calls themselves over a scripted server; what they find and remove is shown on the double of AWS.
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, test } from 'vitest'
import { awsClients } from '../../../../operator/aws/access/clients.ts'
import { loadBalancingIn } from '../../../../operator/aws/cleanup/elastic-load-balancing.ts'

type Answer = { status?: number; body: string }
const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

async function scripted(answer: (form: URLSearchParams, turn: number) => Answer) {
  const asked: { form: URLSearchParams; authorization: string }[] = []
  const server = createServer((request, response) => {
    const { authorization = '' } = request.headers
    void text(request).then((body) => {
      const form = new URLSearchParams(body)
      asked.push({ form, authorization })
      const { status = 200, body: xml } = answer(form, asked.length)
      response.writeHead(status, { 'x-amzn-requestid': 'r-1' }).end(xml)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // it listens on TCP
  const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'secret' }
  const endpoint = `http://127.0.0.1:${port}`
  const aws = awsClients({ region: 'eu-west-1', credentials, endpoint })
  ends.push(
    () => aws[Symbol.dispose](),
    () => server.closeAllConnections(),
    () => server.close(),
  )
  return { aws, asked }
}

const nothing = '<R><DescribeResult/></R>'
const groups = (vpcs: string[], marker = '') =>
  `<R><DescribeTargetGroupsResult><TargetGroups>${vpcs
    .map(
      (vpc, i) =>
        `<member><TargetGroupArn>arn:${vpc}/${i}</TargetGroupArn><VpcId>${vpc}</VpcId></member>`,
    )
    .join('')}</TargetGroups><NextMarker>${marker}</NextMarker></DescribeTargetGroupsResult></R>`
const refused = (code: string) =>
  `<ErrorResponse><Error><Code>${code}</Code><Message>no</Message></Error><RequestId>r-1</RequestId></ErrorResponse>`

test('reads every page, and takes what is in the VPCs', async () => {
  const { aws, asked } = await scripted((form) => {
    if (form.get('Action') !== 'DescribeTargetGroups') return { body: nothing }
    const second = form.get('Marker') === 'two'
    return { body: second ? groups(['vpc-1', 'vpc-2']) : groups(['vpc-1', 'vpc-3'], 'two') }
  })
  const found = await loadBalancingIn(['vpc-1', 'vpc-2'], aws)
  expect(found.map(({ type, id }) => `${type} ${id}`)).toEqual([
    'elb:target-group arn:vpc-1/0',
    'elb:target-group arn:vpc-1/0',
    'elb:target-group arn:vpc-2/1',
  ])
  const versions = asked.map(({ form }) => `${form.get('Action')} ${form.get('Version')}`)
  expect(versions.toSorted()).toEqual([
    'DescribeLoadBalancers 2012-06-01',
    'DescribeLoadBalancers 2015-12-01',
    'DescribeTargetGroups 2015-12-01',
    'DescribeTargetGroups 2015-12-01',
  ])
  const scope = /Credential=AKIA\/\d+\/eu-west-1\/elasticloadbalancing\/aws4_request/
  expect(asked.every(({ authorization }) => scope.test(authorization))).toBe(true)
})

test('asks nothing where there is no VPC', async () => {
  const { aws, asked } = await scripted(() => ({ body: nothing }))
  expect(await loadBalancingIn([], aws)).toEqual([])
  expect(asked).toEqual([])
})

test('tries again when it is throttled, and when what answers is not AWS', async () => {
  const { aws, asked } = await scripted((_, turn) => {
    if (turn <= 3) return { status: 400, body: refused('Throttling') }
    return turn === 4 ? { status: 502, body: '<html>Bad gateway' } : { body: nothing }
  })
  expect(await loadBalancingIn(['vpc-1'], aws)).toEqual([])
  expect(asked).toHaveLength(3 + 4)
})

test('says what AWS says when it is refused', async () => {
  const { aws, asked } = await scripted(() => ({ status: 403, body: refused('AccessDenied') }))
  await expect(loadBalancingIn(['vpc-1'], aws)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: 'no',
    $metadata: { httpStatusCode: 403, requestId: 'r-1' },
  })
  await expect.poll(() => asked.length).toBe(3)
})

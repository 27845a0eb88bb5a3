// Real clusters in boxes, as root: two nodes whose pods reach each other through a Service and DNS, and an end that
// leaves nothing, also after everything was killed. Skipped without root, where the sandbox uses kwok.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ClusterBackend } from '../../sandbox/aws/backends/backend.ts'
import { boxBackend, boxTools } from '../../sandbox/box/backend.ts'
import { takeDown } from '../../sandbox/down.ts'
import { ensureImages } from '../../sandbox/images/ensure.ts'
import type { ImageTemplate } from '../../sandbox/images/template.ts'
import { holdingsOf, isEmpty } from '../../sandbox/inventory.ts'
import { run } from '../../sandbox/machine/command.ts'
import { endProcess } from '../../sandbox/machine/daemon.ts'
import { waitFor } from '../../sandbox/machine/wait.ts'
import { ensureTools, type Tools } from '../../sandbox/tools/ensure.ts'

const cluster = 'team-a-payments'

describe.skipIf(process.getuid?.() !== 0)('boxes', () => {
  let tools: Tools
  let images: ImageTemplate
  let root: string
  let backend: ClusterBackend
  let webhook: Server
  let kubectl: (...args: string[]) => Promise<string>

  beforeAll(async () => {
    tools = await ensureTools([...boxTools, 'kubectl'])
    images = await ensureImages({ tools, names: ['pause', 'coredns', 'demo-server'] })
    webhook = createServer(
      (request, response) => void reviewToken(request).then((body) => response.end(body)),
    )
    await new Promise<void>((resolve) => webhook.listen(0, '127.0.0.1', resolve))
  })

  afterAll(() => webhook?.close())

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'ck-box-'))
    backend = boxBackend({ root, tools, images: () => Promise.resolve(images) })
  })

  afterEach(async () => {
    await takeDown({ root })
    await rm(root, { recursive: true, force: true })
  })

  test('runs pods on two nodes that talk by Service and name, and leaves nothing', async () => {
    await createCluster()
    for (const name of ['vpc-cni', 'kube-proxy', 'coredns']) {
      await backend.installAddon({ cluster, name, version: 'v1' })
    }
    await Promise.all(['a', 'b'].map((name) => addNode(name)))
    await kubectlApply(kubectl, webDaemonSet)
    // A node that is not Ready yet is not among those the DaemonSet wants.
    const pods = await waitFor(
      async () => {
        const ready =
          '{range .items[?(@.status.containerStatuses[0].ready==true)]}{.metadata.name} {end}'
        const names = await kubectl('get', 'pod', '-l', 'app=web', '-o', `jsonpath=${ready}`)
        const list = names.split(' ').filter(Boolean)
        return list.length === 2 && list
      },
      { what: 'a ready pod on each of two nodes', timeoutMs: 60_000, everyMs: 200 },
    )
    for (const pod of pods) {
      const url = 'http://web.default.svc.cluster.local/'
      const answer = await waitFor(
        () => kubectl('exec', pod, '--', '/demo-server', 'get', url).catch(() => undefined), // DNS may need a moment
        { what: `${pod} reaches ${url}`, timeoutMs: 30_000 },
      )
      expect(answer).toMatch(/^ok web-/)
    }
    expect(await kubectl('get', 'nodes', '-o', 'jsonpath={.items[*].spec.providerID}')).toBe(
      'aws:///eu-1a/i-a aws:///eu-1a/i-b',
    )

    await backend.removeNode({ cluster, name: 'b' })
    expect(await kubectl('get', 'nodes', '-o', 'name')).toBe('node/a\n')
    await backend.remove(cluster)
    await backend.remove(cluster)
    expect(await holdingsOf(root)).toSatisfy(isEmpty)
    expect(await backend.list()).toEqual([])
  })

  test("asks the cloud about tokens and gives a token's owner what it may", async () => {
    const { endpoint } = await createCluster()
    const withToken = (token: string): Promise<string> =>
      run(
        tools.path('kubectl'),
        [
          [
            'get',
            'namespaces',
            '-o',
            'name',
            '--kubeconfig',
            '/dev/null',
            '--insecure-skip-tls-verify',
          ],
          ['--server', endpoint, '--token', token],
        ].flat(),
      )
    expect(await withToken('good')).toContain('namespace/kube-system')
    await expect(withToken('bad')).rejects.toThrow(/Unauthorized|logged in/)
  })

  test('two clusters at once, every process killed with SIGKILL, then down: nothing is left', async () => {
    await Promise.all([createCluster(), createCluster('team-b-search')])
    await addNode('a')
    const before = await holdingsOf(root)
    expect(before.networkNamespaces).toHaveLength(3)
    await Promise.all(before.processes.map((found) => endProcess(found, 0)))
    expect((await holdingsOf(root)).networkNamespaces).toHaveLength(3)
    await takeDown({ root })
    expect(await holdingsOf(root)).toSatisfy(isEmpty)
  })

  async function createCluster(name = cluster): Promise<{ endpoint: string }> {
    const port = (webhook.address() as AddressInfo).port // it listens on TCP
    const made = await backend.create({
      name,
      version: '1.36',
      serviceCidr: '172.20.0.0/16',
      oidcIssuer: 'https://oidc.eks.eu-1.amazonaws.com/id/TEST',
      authWebhookUrl: `http://127.0.0.1:${port}/authenticate`,
    })
    kubectl = (...args) =>
      run(tools.path('kubectl'), [
        '--kubeconfig',
        join(root, 'clusters', name, 'admin.kubeconfig'),
        ...args,
      ])
    return made
  }

  function addNode(name: string): Promise<void> {
    return backend.addNode({
      cluster,
      name,
      version: '1.36',
      labels: { 'eks.amazonaws.com/nodegroup': 'general' },
      taints: [],
      instanceType: 'm6i.large',
      zone: 'eu-1a',
      providerId: `aws:///eu-1a/i-${name}`,
    })
  }
})

async function reviewToken(request: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part)
  const review = JSON.parse(Buffer.concat(parts).toString()) as { spec: { token: string } } // TokenReview v1
  const good = review.spec.token === 'good'
  const user = { username: 'someone', groups: ['system:masters'] }
  return JSON.stringify({
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenReview',
    status: { authenticated: good, ...(good && { user }) },
  })
}

async function kubectlApply(
  kubectl: (...args: string[]) => Promise<string>,
  objects: object[],
): Promise<void> {
  const dir = await mkdtemp(join(tmpdir(), 'ck-apply-'))
  await writeFile(
    join(dir, 'list.json'),
    JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
  )
  await kubectl('apply', '-f', join(dir, 'list.json'))
  await rm(dir, { recursive: true })
}

const labels = { app: 'web' }
const webDaemonSet = [
  {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          securityContext: {
            runAsNonRoot: true,
            runAsUser: 65534,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          containers: [
            {
              name: 'web',
              image: 'ghcr.io/cratekube/demo-server:0.1.0',
              readinessProbe: { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 1 },
            },
          ],
        },
      },
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
  },
]

// The one list of layers: the rooms of this repository from the lowest to the highest, what each holds and what it may
// import. `npm run gen` makes the walls of the linter and the tables of ARCHITECTURE.md from it, and test/unit/layers.test.ts
// holds every import to it, those of types and paths in strings too.
import type { Room } from './room.ts'
import { testRooms } from './test-layers.ts'

const framework = 'operator/framework/index.ts'

export const rooms: readonly Room[] = [
  {
    path: 'operator/framework',
    holds:
      'the operator framework: knows Kubernetes and nothing of CrateKube; everybody else comes in by its `index.ts`',
    imports: [],
    // Its examples know it by its name, as those of others do.
    packages: ['@cratekube/framework', '@kubernetes/client-node', 'js-yaml', 'pino', 'prom-client'],
    folders: {
      bin: 'the command `framework`',
      cache: 'what is known of objects without asking: reflectors, own writes, indices',
      context: 'what a handler gets, and the children of its object',
      controller: 'one pass over one object, and when it comes again',
      declare: 'how a controller is declared',
      discovery: 'which kinds and namespaces a pattern means',
      examples: 'operators to learn from, which tests run',
      'examples/kopf': 'the ground of kopf’s own examples',
      handlers: 'handlers of changes: which are due, how they ended, what they keep',
      health: 'liveness, readiness and metrics over HTTP',
      hooks: 'handlers of the operator itself: startup, cleanup, probes',
      kube: 'access to one API server',
      'kube/credentials': 'who we are to it',
      'kube/wire': 'its connections, retries and watches',
      lease: 'Leases: held, renewed, lost',
      run: '`framework run file.ts`',
      status: 'conditions and status, written once a pass',
      tasks: 'daemons and timers',
      testing: 'the testing kit: a fake API server, a virtual clock, a harness',
      'testing/fake-apiserver': 'an API server in memory, held to the real one',
      webhook: 'admission and conversion: server, certificates, reviews',
    },
  },
  {
    path: 'operator/api/schema',
    holds: 'from a schema to a CRD: rules in CEL, grammars, builders',
    imports: [],
    packages: ['zod'],
  },
  {
    path: 'operator/addons',
    holds:
      'a folder for each add-on: its schema, what it is called in a tenant cluster, its health and condition',
    imports: ['operator/api/schema'],
    packages: ['zod'],
    folders: {
      autofs: 'automounted shared storage under /auto',
      'load-testing': 'the load-test operator',
    },
  },
  {
    path: 'operator/api',
    holds:
      'one schema per kind, from which types, CRDs, rights and reference follow; the catalogue of reasons',
    imports: ['operator/api/schema', 'operator/addons'],
    packages: ['js-yaml', 'zod'],
    folders: {
      aws: 'what the spec says of AWS: regions, zones, networks; names there; codes of its faults',
      faults: 'the catalogue of reasons and faults, and the form of a row that finds one in a text',
      locust: 'LocustTest in both versions, and LocustSchedule',
      tenant: 'TenantCluster: spec, status, names, the Lease of a tenant',
    },
  },
  {
    path: 'operator/addons/program',
    holds: 'what the programs of add-ons share',
    imports: ['operator/api'],
    packages: ['@pulumi/pulumi', '@pulumi/kubernetes', 'zod'],
  },
  {
    path: 'operator/addons/*/program',
    holds: 'the Pulumi program of an add-on',
    imports: ['operator/addons', 'operator/addons/program', 'operator/api', 'charts'],
    packages: ['@pulumi/pulumi', '@pulumi/kubernetes', 'zod'],
  },
  {
    path: 'operator/provider',
    holds: 'what a provider of clusters is, as types: a face for each process',
    imports: ['operator/api'],
    packages: [],
  },
  {
    path: 'operator/aws',
    holds: 'AWS as a provider: `manager.ts`, `worker.ts`, `runner.ts` and what stands behind them',
    imports: ['operator/api', 'operator/provider'],
    packages: ['@aws-sdk/*', '@smithy/*'],
    folders: {
      access: 'credentials, clients, tokens for the API servers of tenants',
      cleanup: 'what a tenant left: found, told and removed',
      faults: 'from the words of AWS and its programs to a fault',
      preflight: 'what AWS would refuse, before anything is made',
      world: 'what was remembered of account, cluster and zones, held against what is there',
    },
  },
  {
    path: 'operator/engine',
    holds: 'one Pulumi operation in a child process; programs arrive as arguments',
    imports: ['operator/api/schema', 'operator/api', 'operator/provider'],
    packages: ['@pulumi/pulumi', '@grpc/grpc-js', 'google-protobuf', 'js-yaml', 'pino', 'semver'],
    folders: {
      embedded: 'the engine of tests and demo, behind the Automation API’s command',
      'embedded/cli': 'the command lines that the Automation API writes, and their answers',
      'embedded/providers': 'providers in process and as plugins',
      'embedded/run': 'one update from its program to its last step',
      'embedded/state': 'the state as the official CLI keeps it: files, locks, secrets, records',
      'embedded/values': 'property values and their paths',
      'embedded/wire': 'Pulumi’s gRPC protocols',
      faults: 'from what an operation said to a fault',
      process: 'the runner’s process: entry, jail, spares, end',
      recovery: 'what an operation that died left, and a state that is lost',
      seal: 'the keys of a stack’s secrets',
    },
  },
  {
    path: 'operator/provider/registry',
    holds: 'the providers that there are: one list a process',
    imports: ['operator/provider', 'operator/aws', 'operator/engine'],
    packages: ['@pulumi/aws', '@pulumi/eks', '@pulumi/kubernetes'],
  },
  {
    path: 'operator/jobs',
    holds: 'the queue and both its sides; what an operation does, step by step',
    imports: [
      'operator/api/schema',
      'operator/addons',
      'operator/api',
      'operator/provider',
      'operator/engine',
      framework,
      'charts',
    ],
    packages: ['bullmq', 'ioredis', 'pino', 'prom-client', 'zod'],
    folders: {
      queue: 'BullMQ and Redis: what manager and worker share; the manager’s side',
      tenant: 'what an operation does with a tenant',
      worker: 'the worker’s side: takes a job, holds the Lease, says how far it is',
    },
  },
  {
    path: 'operator/controllers',
    holds: '`<kind>/index.ts` tells the story, `decide.ts` is its pure core',
    imports: [
      'operator/addons',
      'operator/api',
      'operator/provider',
      framework,
      'operator/jobs/queue',
    ],
    packages: [],
    folders: {
      'tenant-cluster': 'the story of a TenantCluster, its decisions and its status',
      'tenant-cluster/access': 'credentials of tenants, connections to them, the kubeconfig Secret',
      'tenant-cluster/measure': 'looks at a tenant cluster from outside, and what they mean',
      'tenant-cluster/operation': 'an operation as the manager sees it, from its turn to its end',
    },
  },
  {
    path: 'operator/loadtest',
    holds: 'the load-test operator',
    imports: ['operator/api', framework],
    packages: ['pino', 'prom-client'],
    folders: {
      admission: 'webhooks, ceilings, the operator’s own account',
      lifecycle: 'one LocustTest from its spec to its end: observe, decide, carry out, say',
      pods: 'the objects of a test in the cluster: names, creation, health',
      resources: 'the objects of a test as functions of its spec',
      results: 'figures of a test, and its verdict',
      schedule: 'LocustSchedule',
      spec: 'reading a spec of either version: shape, conversion, validation',
    },
  },
  {
    path: 'programs',
    holds:
      'the Pulumi programs: `aws` (cloud) and `addons` (what is installed in a tenant cluster)',
    imports: ['operator/api/schema', 'operator/api', 'operator/addons', 'operator/addons/program'],
    packages: ['@pulumi/*'],
    folders: {
      addons: 'AutoFS and load testing in a tenant cluster',
      aws: 'network, control plane, node pools and shared storage, a component a file',
    },
  },
  {
    path: 'operator/bin',
    holds: 'entries of the processes and their settings: wiring only',
    imports: [
      'operator/api',
      'operator/provider',
      'operator/provider/registry',
      'operator/engine',
      framework,
      'operator/jobs',
      'operator/controllers',
      'operator/loadtest',
      'programs',
    ],
    packages: ['pino', 'prom-client', 'zod'],
  },
  {
    path: 'operator/autofs',
    holds: 'the AutoFS image: agent, map program, mount helper',
    imports: [],
    packages: [],
  },
  {
    path: 'operator/jail',
    holds:
      'the program, in Go, that keeps a runner from the files and processes of others by Landlock',
    imports: [],
    packages: [],
  },
  {
    path: 'operator/image',
    holds: 'what an image is put together with: bundles, plugins, charts of add-ons, start',
    imports: ['operator/addons', 'operator/bin'],
    packages: ['esbuild'],
  },
  {
    path: 'operator/generate',
    holds: '`npm run gen`: CRDs, reference, walls; no process imports it',
    imports: ['operator/api/schema', 'operator/api', 'operator/bin'],
    packages: ['js-yaml', 'zod'],
  },
  {
    path: 'release',
    holds:
      'what a release is pinned to, its bill of materials and provenance; `.github/workflows` runs it',
    imports: [],
    packages: ['semver'],
  },
  ...testRooms,
]

// `npm run help`: what can be run here, a sentence each. package.json has the scripts and no room for sentences; a test
// holds the two to one another.

export const sentences: Readonly<Record<string, string>> = {
  help: 'this list',
  demo: 'the whole product on this machine: a tenant cluster, its shared files, a load test (-- --help has the options)',
  dev: 'a sandbox with manager and worker, each started again when a file of its sources is saved (-- --inspect for a debugger)',
  sandbox: 'the sandbox by hand: up, status, kubeconfig, faults, pulumi, down',
  check:
    'format, lint, types, dead code, generated files: all that a commit needs beside the tests',
  test: 'every test; `-- work-queue` those of a name, `-- --watch [unit|integration|e2e] [name]` again at every save',
  format: 'writes the files as `check` wants them',
  gen: 'CRDs and reference pages from the schemas',
  bench: 'measures memory, processor time and waits, and holds them to their budgets',
  mutants:
    'whether the unit tests would notice a small change in a file: `-- operator/framework/work-queue.ts`',
  pin: 'digests of images and archives of plugins, from the registries',
  release: 'raises the version wherever it stands and dates the changelog: `-- 1.2.3`',
}

const usage = (name: string) => (name === 'test' ? 'npm test' : `npm run ${name}`)

export const helpLines = (): string[] => {
  const width = Math.max(...Object.keys(sentences).map((name) => usage(name).length))
  return Object.entries(sentences).map(
    ([name, sentence]) => `${usage(name).padEnd(width)}  ${sentence}`,
  )
}

if (import.meta.main) for (const line of helpLines()) console.log(line)

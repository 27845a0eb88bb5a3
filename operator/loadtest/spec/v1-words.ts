// What is wrong with a test, in the words of a client of v1: the fields are those that it wrote.

/** Where v1 has what v2 names so. */
const fields: [v2: RegExp, v1: string][] = [
  [/^spec\.master\.command\b/, 'spec.masterCommandSeed'],
  [/^spec\.worker\.command\b/, 'spec.workerCommandSeed'],
  [/^spec\.worker\.replicas\b/, 'spec.workerReplicas'],
  [/^spec\.(master|worker)\.(labels|annotations)\b/, 'spec.$2.$1'],
  [/^spec\.testFiles\.configMapRef\b/, 'spec.configMap'],
  [/^spec\.testFiles\.libConfigMapRef\b/, 'spec.libConfigMap'],
  [/^spec\.scheduling\.(affinity|tolerations)\b/, 'spec.$1'],
  [/^spec\.imagePullSecrets\[(\d+)\]\.name\b/, 'spec.imagePullSecrets[$1]'],
]

export const inWordsOf = ({ v1 }: { v1?: boolean }, problems: string[]): string[] =>
  v1 ? problems.map(inV1) : problems

/** `problem` begins with a field of v2. What v1 has no field for keeps its name: it was set through v2. */
function inV1(problem: string): string {
  const known = fields.find(([v2]) => v2.test(problem))
  return known ? problem.replace(...known) : problem
}

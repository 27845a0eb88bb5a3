// A Dockerfile as its stages and instructions, with build arguments filled in: what can be read of it without a builder.

export type Instruction = { name: string; text: string }
export type Stage = { name: string; base: string; instructions: Instruction[] }

export function stagesOf(dockerfile: string): Stage[] {
  const stages: Stage[] = []
  const args = new Map<string, string>()
  const fill = (text: string) =>
    text.replaceAll(/\$\{(\w+)\}/g, (all, name: string) => args.get(name) ?? all)
  for (const { name, text } of instructionsOf(dockerfile)) {
    const stage = stages.at(-1)
    if (name === 'FROM') {
      const [, base = '', as = ''] =
        /^(?:--platform=\S+ )?(\S+)(?: AS (\w+))?$/.exec(fill(text)) ?? []
      stages.push({ name: as, base, instructions: [] })
    } else if (stage) stage.instructions.push({ name, text })
    else if (name === 'ARG') args.set(...parts(text))
    else throw new Error(`${name}: expected FROM before it`)
  }
  return stages
}

const parts = (text: string): [string, string] => {
  const at = text.indexOf('=')
  return [text.slice(0, at), text.slice(at + 1)]
}

function instructionsOf(dockerfile: string): Instruction[] {
  const lines = dockerfile
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join('\n')
    .replaceAll(/\\\n\s*/g, '')
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const at = line.indexOf(' ')
      return { name: line.slice(0, at), text: line.slice(at + 1).trim() }
    })
}

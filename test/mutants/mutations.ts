// What can be changed in a source, one small thing at a time, so that a test should notice. Knows syntax and no types: some
// of what it makes the compiler would refuse, and some means the same as before.
import { parseSync, visitorKeys, type Node } from 'oxc-parser'

export type Mutant = {
  readonly line: number
  readonly start: number
  readonly end: number
  readonly from: string
  readonly to: string
}

export function mutantsOf(file: string, text: string): Mutant[] {
  const { program, errors } = parseSync(file, text)
  const [error] = errors
  if (error) throw new Error(`${file}: ${error.message}`)
  return nodesIn(program).flatMap((node) =>
    changesOf(node, text).map(({ start, end, to }) => ({
      line: text.slice(0, start).split('\n').length,
      start,
      end,
      from: text.slice(start, end),
      to,
    })),
  )
}

export const apply = (text: string, { start, end, to }: Mutant): string =>
  text.slice(0, start) + to + text.slice(end)

type Change = { start: number; end: number; to: string }

const swaps: Readonly<Record<string, string>> = {
  '===': '!==',
  '!==': '===',
  '<': '<=',
  '<=': '<',
  '>': '>=',
  '>=': '>',
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '&&': '||',
  '||': '&&',
  '+=': '-=',
  '-=': '+=',
  '++': '--',
  '--': '++',
}

const changesOf = (node: Node, text: string): Change[] =>
  [ofOperator, ofCondition, ofLiteral, ofStatement].flatMap((changes) => changes(node, text))

function ofOperator(node: Node, text: string): Change[] {
  switch (node.type) {
    case 'BinaryExpression':
      if (node.operator === '+' && [node.left, node.right].some(isText)) return []
      return swapped(node.operator, node.left.end, node.right.start, text)
    case 'AssignmentExpression':
      return swapped(node.operator, node.left.end, node.right.start, text)
    case 'LogicalExpression':
      return node.operator === '??'
        ? [node.left, node.right].map((side) => instead(node, `(${source(side, text)})`))
        : swapped(node.operator, node.left.end, node.right.start, text)
    case 'UpdateExpression':
      return swapped(node.operator, node.start, node.end, text)
    case 'UnaryExpression':
      return node.operator === '!' ? [instead(node, `(${source(node.argument, text)})`)] : []
    default:
      return []
  }
}

function ofCondition(node: Node, text: string): Change[] {
  switch (node.type) {
    case 'IfStatement':
    case 'ConditionalExpression':
      return node.test.type === 'UnaryExpression' && node.test.operator === '!'
        ? [] // its operator is taken away already
        : [instead(node.test, `!(${source(node.test, text)})`)]
    case 'WhileStatement':
      return [instead(node.test, 'false')]
    default:
      return []
  }
}

function ofLiteral(node: Node): Change[] {
  if (node.type !== 'Literal') return []
  const { value } = node
  if (typeof value === 'boolean') return [instead(node, String(!value))]
  if (typeof value !== 'number') return []
  return [value + 1, value - 1].map((other) => instead(node, `(${other})`))
}

function ofStatement(node: Node): Change[] {
  switch (node.type) {
    case 'ExpressionStatement':
      return isCall(node.expression) ? [instead(node, ';')] : []
    case 'ReturnStatement':
      return node.argument && !isUndefined(node.argument) ? [instead(node, 'return undefined')] : []
    case 'ArrowFunctionExpression':
      return node.body.type === 'BlockStatement' || isUndefined(node.body)
        ? []
        : [instead(node.body, 'undefined')]
    default:
      return []
  }
}

const instead = ({ start, end }: Node, to: string): Change => ({ start, end, to })
const source = ({ start, end }: Node, text: string) => text.slice(start, end)

function swapped(operator: string, from: number, to: number, text: string): Change[] {
  const swap = swaps[operator]
  const start = text.indexOf(operator, from)
  if (swap === undefined || start === -1 || start >= to) return []
  return [{ start, end: start + operator.length, to: swap }]
}

const isText = (node: Node) =>
  node.type === 'TemplateLiteral' || (node.type === 'Literal' && typeof node.value === 'string')
const isUndefined = (node: Node) => node.type === 'Identifier' && node.name === 'undefined'

function isCall(node: Node): boolean {
  switch (node.type) {
    case 'CallExpression':
      return node.callee.type !== 'Super'
    case 'AwaitExpression':
    case 'UnaryExpression':
      return isCall(node.argument)
    case 'ChainExpression':
    case 'ParenthesizedExpression':
      return isCall(node.expression)
    default:
      return false
  }
}

/** Those that run: types and names of properties are left out. */
function nodesIn(node: Node): Node[] {
  if (node.type === 'ImportDeclaration') return []
  const children = Object.entries(node).flatMap(([key, value]: [string, unknown]) => {
    if (!visitorKeys[node.type]?.includes(key)) return []
    if (key === 'key' && 'computed' in node && !node.computed) return []
    if (node.type.startsWith('TS') && key !== 'expression') return []
    return (Array.isArray(value) ? value : [value]).filter(isNode)
  })
  return [node, ...children.flatMap(nodesIn)]
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && 'type' in value

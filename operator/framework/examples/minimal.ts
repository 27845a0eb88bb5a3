// The least: one handler, called once in the life of each Widget, and what it says in the status.
import { settled, type Operator } from '@cratekube/framework'
import { widgets } from './widget.ts'

export default (op: Operator) => {
  op.for(widgets).onCreate(async function greet(c) {
    c.log.info({ spec: c.obj.spec }, 'here we are')
    c.status({ message: 'hello world' })
    return settled
  })
}

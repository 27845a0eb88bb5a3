// `stack-passphrase STACK`, for whoever runs `pulumi` by hand: the passphrase of a tenant's stacks, of the worker's master.
import { readFileSync } from 'node:fs'
import process from 'node:process'
import { stateKeys } from '../engine/index.ts'

const [, , stack] = process.argv
const file = process.env['CRATEKUBE_STATE_PASSPHRASE_FILE']
if (stack === undefined || stack === '' || file === undefined || file === '') {
  console.error(
    'usage: stack-passphrase NAMESPACE.NAME, with CRATEKUBE_STATE_PASSPHRASE_FILE set as the worker has it',
  )
  process.exit(2)
}
console.log(stateKeys({ passphrase: readFileSync(file, 'utf8') }).passphraseOf(stack))

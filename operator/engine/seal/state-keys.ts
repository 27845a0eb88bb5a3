// One master passphrase, and of it a passphrase of its own for each tenant's stacks: who learns that of one tenant opens
// the state of no other. The master stays in the worker. operator/bin reads it; `stack-passphrase` tells one by hand.
import { hkdfSync, scryptSync } from 'node:crypto'

export type StateKeys = {
  /** What the stack is sealed with. */
  passphraseOf(stack: string): string
  /** What it may have been sealed with before: under an earlier master, or by a release that gave the master to every stack. */
  olderPassphrasesOf(stack: string): readonly string[]
}

/** Passphrases as their files have them. `previous` is the master that a rotation replaces. */
export function stateKeys(o: { passphrase: string; previous?: string | undefined }): StateKeys {
  const current = derivation(o.passphrase)
  const previous = o.previous === undefined ? undefined : derivation(o.previous)
  return {
    passphraseOf: current,
    olderPassphrasesOf: (stack) => [
      ...asGiven(o.passphrase),
      ...(previous ? [previous(stack), ...asGiven(o.previous ?? '')] : []),
    ],
  }
}

/** A person's passphrase may be guessed from what it made, so that each guess is made to cost something: once a worker. */
function derivation(passphrase: string): (stack: string) => string {
  const master = scryptSync(passphrase.trim(), 'cratekube state', 32)
  return (stack) =>
    Buffer.from(hkdfSync('sha256', master, '', `stacks of ${tenantOf(stack)}`, 32)).toString(
      'base64url',
    )
}

/** Earlier releases took a passphrase with the blanks around it, and files often end in a line break. */
const asGiven = (text: string): string[] => [...new Set([text, text.trim()])]

/** Both stacks of a tenant are sealed alike. Names of tenants have no dots: see stackNames. */
const tenantOf = (stack: string) => stack.replace(/\.addons$/, '')

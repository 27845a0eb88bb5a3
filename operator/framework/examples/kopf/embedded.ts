// An operator inside of a program that has its own things to do: it is a value with a life, and nothing of it is global.
import { operator, type Cache, type Kube } from '@cratekube/framework'
import type { Logger } from 'pino'
import { widgets } from '../widget.ts'

type Greetings = { hello: string; goodBye: string }

export async function main(o: { kube: Kube; log: Logger; steps: number; greetings: Greetings }) {
  const stop = new AbortController()
  const op = operator({ name: 'embedded', kube: o.kube, log: o.log })
  const seen = op.cache(widgets)
  op.for(widgets)
    .onCreate(async function hello(c) {
      c.log.info(`${o.greetings.hello}, ${c.key.name}!`)
    })
    .onDelete(async function goodBye(c) {
      c.log.info(`${o.greetings.goodBye}, ${c.key.name}!`)
    })
  const ended = op.run({ signal: stop.signal })
  await seen.synced()
  for (let step = 0; step < o.steps; step += 1) {
    const key = { name: `guest-${step}`, namespace: 'default' }
    await o.kube.create(widgets, { metadata: key, spec: {} })
    await held(() => seen.get(key)?.metadata.finalizers?.length === 1, seen)
    await o.kube.delete(widgets, key)
    await held(() => seen.get(key) === undefined, seen)
  }
  stop.abort(new Error('the steps are done'))
  await ended
}

/** Resolves when the condition holds, which is looked at with every change. */
const held = (condition: () => boolean, seen: Pick<Cache<unknown>, 'onChange'>) =>
  new Promise<void>((resolve) => {
    const look = () => {
      if (!condition()) return
      end()
      resolve()
    }
    const end = seen.onChange(look)
    look()
  })

// Drives one resource of a provider as the engine does: check, create, read, diff, update, delete.
import { expect } from 'vitest'
import type { EngineProvider } from '../../../../operator/engine/embedded/providers/provider.ts'
import type { Props } from '../../../../operator/engine/embedded/values/props.ts'

const call = { timeoutSeconds: 60, preview: false }

type Whole = Required<
  Pick<EngineProvider, 'check' | 'create' | 'read' | 'diff' | 'update' | 'delete'>
>

export class Living {
  readonly urn: string
  id = ''
  inputs: Props = {}
  outputs: Props = {}
  readonly #provider: Whole
  readonly #lasting: (outputs: Props) => Props
  /** `lasting` leaves out of the outputs what others change at any time. */
  constructor(
    provider: EngineProvider,
    type: string,
    name: string,
    lasting: (outputs: Props) => Props = (outputs) => outputs,
  ) {
    this.urn = `urn:pulumi:dev::test::${type}::${name}`
    this.#lasting = lasting
    this.#provider = provider as Whole // every resource provider has these; check() fails at once otherwise
  }

  /** Creates it and proves that what is read back is what was created and needs no change. */
  async create(news: Props): Promise<this> {
    const checked = await this.#provider.check(this.urn, {}, news)
    expect(checked.failures ?? []).toEqual([])
    this.inputs = checked.inputs
    const made = await this.#provider.create(this.urn, this.inputs, call)
    this.id = made.id
    this.outputs = made.outputs
    expect(await this.diff(this.inputs)).toMatchObject({ changes: false, replaces: [] })
    const seen = await this.#provider.read(this, this.outputs, this.inputs)
    expect(seen.id).toBe(this.id)
    expect(seen.inputs).toEqual(this.inputs)
    expect(this.#lasting(seen.outputs ?? {})).toEqual(this.#lasting(this.outputs))
    return this
  }

  diff(news: Props) {
    return this.#provider.diff(this, this.outputs, news, {
      oldInputs: this.inputs,
      ignoreChanges: [],
    })
  }

  /** Changes inputs in place and proves that nothing is left to change. */
  async update(change: Props): Promise<string[]> {
    const { inputs } = await this.#provider.check(this.urn, this.inputs, {
      ...this.inputs,
      ...change,
    })
    const found = await this.diff(inputs)
    expect(found.replaces).toEqual([])
    const options = { ...call, oldInputs: this.inputs, ignoreChanges: [] }
    this.outputs = (await this.#provider.update(this, this.outputs, inputs, options)).outputs
    this.inputs = inputs
    expect((await this.diff(inputs)).changes).toBe(false)
    return found.diffs ?? []
  }

  async remove(): Promise<void> {
    await this.#provider.delete(this, this.outputs, { timeoutSeconds: 60 })
    expect(await this.#provider.read(this, this.outputs, this.inputs)).toEqual({})
    // Once more: what is gone can be deleted again.
    await this.#provider.delete(this, this.outputs, { timeoutSeconds: 60 })
  }
}

// Property values between the SDK and an engine in the same process: protobuf's Struct keeps what it was made of, and becomes
// messages only when somebody serialises it. The messages of one large object are hundreds, made to be taken apart again
// at once. A Struct from the wire is as it always was.
import structPb from 'google-protobuf/google/protobuf/struct_pb.js'

const { Struct, Value } = structPb
type Source = Parameters<typeof Struct.fromJavaScript>[0]

let kept: WeakMap<object, Source> | undefined

/** For the whole process; calling it again changes nothing. */
export function keepStructs(): void {
  if (kept) return
  const sources = (kept = new WeakMap())
  // oxlint-disable-next-line typescript/unbound-method -- called with their Struct below
  const { getFieldsMap, toJavaScript } = Struct.prototype
  Struct.fromJavaScript = (source) => {
    const struct = new Struct()
    sources.set(struct, source)
    return struct
  }
  Struct.prototype.toJavaScript = function () {
    const source = sources.get(this)
    return source === undefined ? toJavaScript.call(this) : copied(source)
  }
  // Whoever serialises or changes the fields asks for them here.
  Struct.prototype.getFieldsMap = function () {
    const fields = getFieldsMap.call(this)
    const source = sources.get(this)
    if (source === undefined) return fields
    sources.delete(this)
    for (const [key, value] of Object.entries(source)) fields.set(key, Value.fromJavaScript(value))
    return fields
  }
}

/** Neither side may see what the other does to its own. */
function copied<T>(value: T): T
function copied(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copied)
  if (typeof value !== 'object' || value === null) return value
  const copy: Record<string, unknown> = {}
  for (const key in value) copy[key] = copied((value as Record<string, unknown>)[key])
  return copy
}

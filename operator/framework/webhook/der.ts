// The little of DER (X.690) that an X.509 certificate is made of. Each function returns one encoded element.

export function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

export function set(...parts: readonly Buffer[]): Buffer {
  return element(0x31, Buffer.concat(parts))
}

/** A positive integer from its big-endian bytes. */
export function integer(bytes: Buffer): Buffer {
  return element(0x02, (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.of(0), bytes]))
}

export function boolean(value: boolean): Buffer {
  return element(0x01, Buffer.of(value ? 0xff : 0))
}

export function octetString(content: Buffer): Buffer {
  return element(0x04, content)
}

export function bitString(content: Buffer, unusedBits = 0): Buffer {
  return element(0x03, Buffer.concat([Buffer.of(unusedBits), content]))
}

export function utf8String(text: string): Buffer {
  return element(0x0c, Buffer.from(text))
}

/** UTCTime; no certificate of ours lasts that long. */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  return element(0x17, Buffer.from(digits.slice(2)))
}

/** [number], constructed (explicit tag or constructed implicit one). */
export function tagged(number: number, ...parts: readonly Buffer[]): Buffer {
  return element(0xa0 | number, Buffer.concat(parts))
}

/** [number] IMPLICIT over a primitive. */
export function taggedBytes(number: number, content: Buffer): Buffer {
  return element(0x80 | number, content)
}

export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(0x06, Buffer.from([first * 40 + second, ...rest.flatMap((arc) => base128(arc))]))
}

function base128(value: number): number[] {
  const bytes = [value & 0x7f]
  for (let left = value >>> 7; left > 0; left >>>= 7) bytes.unshift((left & 0x7f) | 0x80)
  return bytes
}

function element(tag: number, content: Buffer): Buffer {
  const length = content.length
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content])
  const bytes = length < 0x100 ? [length] : [length >>> 8, length & 0xff]
  return Buffer.concat([Buffer.of(tag, 0x80 | bytes.length, ...bytes), content])
}

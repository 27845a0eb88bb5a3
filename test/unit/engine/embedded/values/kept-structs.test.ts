import structPb from 'google-protobuf/google/protobuf/struct_pb.js'
import { expect, test } from 'vitest'
import { keepStructs } from '../../../../../operator/engine/embedded/values/kept-structs.ts'

const { Struct } = structPb
const props = () => ({
  text: 'a',
  size: 1.5,
  on: true,
  none: null,
  list: [{ b: ['c'] }, 2],
  in: {},
})
const generated = Struct.fromJavaScript(props()).serializeBinary()

test('a kept Struct has the wire form of one that is not', () => {
  keepStructs()
  keepStructs()
  const kept = Struct.fromJavaScript(props())
  expect(kept.toJavaScript()).toEqual(props())
  expect(kept.serializeBinary()).toEqual(generated)
  expect(kept.toJavaScript()).toEqual(props())
  expect(Struct.deserializeBinary(generated).toJavaScript()).toEqual(props())
})

test('who reads a Struct cannot change what it was made of', () => {
  keepStructs()
  const source = props()
  const kept = Struct.fromJavaScript(source)
  const read = kept.toJavaScript() as ReturnType<typeof props>
  read.list.push(3)
  Object.assign(read.in, { more: true })
  expect(source).toEqual(props())
  expect(kept.toJavaScript()).toEqual(props())
})

test('fields can be changed as ever', () => {
  keepStructs()
  const kept = Struct.fromJavaScript({ a: 1 })
  kept.getFieldsMap().set('b', structPb.Value.fromJavaScript({ c: 2 }))
  expect(kept.toJavaScript()).toEqual({ a: 1, b: { c: 2 } })
  expect(Struct.deserializeBinary(kept.serializeBinary()).toJavaScript()).toEqual({
    a: 1,
    b: { c: 2 },
  })
})

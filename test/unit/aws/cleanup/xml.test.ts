import { expect, test } from 'vitest'
import { childrenOf, parseXml, textOf } from '../../../../operator/aws/cleanup/xml.ts'

const answer = `<?xml version="1.0" encoding="UTF-8"?>
<DescribeThingsResponse xmlns="http://aws.example/doc/">
  <DescribeThingsResult>
    <Things>
      <member><Name>a &amp; b &lt;c&gt;</Name><Inner><Name>not this one</Name></Inner><Empty/></member>
      <member><Inner/><Name>d</Name></member>
    </Things>
    <NextMarker>more</NextMarker>
  </DescribeThingsResult>
  <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</DescribeThingsResponse>`

test('reads lists, nesting, empty elements and entities', () => {
  const { name, children } = parseXml(answer)
  expect(name).toBe('DescribeThingsResponse')
  const things = childrenOf(children[0], 'Things')
  expect(things.map((thing) => textOf(thing, 'Name'))).toEqual(['a & b <c>', 'd'])
  expect(textOf(things[0], 'Empty')).toBe('')
  expect(textOf(children[0], 'NextMarker')).toBe('more')
})

test('finds nothing in what is no XML, as a proxy may answer', () => {
  for (const text of ['', 'Bad Gateway', '{"message":"no"}', '<html><br><p>Bad gateway']) {
    expect(textOf(parseXml(text), 'Code')).toBe('')
    expect(childrenOf(parseXml(text), 'Things')).toEqual([])
  }
})

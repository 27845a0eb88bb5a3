// The XML of AWS's older APIs: elements and text, no attributes that matter, nothing mixed.

export type XmlElement = { name: string; text: string; children: XmlElement[] }

/** What is no XML, such as a proxy's page, is an element without name and children. */
export function parseXml(xml: string): XmlElement {
  const top: XmlElement = { name: '', text: '', children: [] }
  const open = [top]
  for (const [, closing, name = '', empty, text] of xml.matchAll(token)) {
    const parent = open.at(-1) ?? top
    if (text !== undefined) parent.text += unescaped(text.trim())
    else if (closing) open.pop()
    else {
      const element: XmlElement = { name, text: '', children: [] }
      parent.children.push(element)
      if (!empty) open.push(element)
    }
  }
  return top.children[0] ?? top
}

/** A tag, or text; the declaration at the top is neither. */
const token = /<(\/?)([A-Za-z][\w.-]*)[^>]*?(\/?)>|([^<>]+)(?=<)/g

const entities: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }

const unescaped = (text: string) =>
  text.replaceAll(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => entities[name] ?? '')

/** The text of its child of the name, or nothing. */
export const textOf = (element: XmlElement | undefined, name: string): string =>
  element?.children.find((child) => child.name === name)?.text ?? ''

/** The members of its list of the name. */
export const childrenOf = (element: XmlElement | undefined, name: string): XmlElement[] =>
  element?.children.find((child) => child.name === name)?.children ?? []

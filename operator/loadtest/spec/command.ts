// Splits a Locust command line into arguments as a shell would (quotes, backslash), without running one:
// upstream splits at blanks only, so that --host "http://a b/" became two broken arguments.

export class BadQuoting extends Error {
  override readonly name = 'BadQuoting'
}

/** Throws BadQuoting when a quote is left open or a backslash ends the line. */
export function splitCommand(line: string): string[] {
  const words: string[] = []
  let rest = line.trimStart()
  while (rest !== '') {
    const word = takeWord(rest)
    words.push(word.text)
    rest = rest.slice(word.length).trimStart()
  }
  return words
}

function takeWord(text: string): { text: string; length: number } {
  let out = ''
  let at = 0
  while (at < text.length && !/\s/.test(text[at] ?? '')) {
    const piece = takePiece(text.slice(at))
    out += piece.text
    at += piece.length
  }
  return { text: out, length: at }
}

function takePiece(text: string): { text: string; length: number } {
  const first = text[0]
  if (first === "'") return takeQuoted(text, /^'([^']*)'/s, (inner) => inner)
  if (first === '"')
    return takeQuoted(text, /^"((?:[^"\\]|\\.)*)"/s, (inner) =>
      inner.replaceAll(/\\(["\\$`])/g, '$1'),
    )
  if (first !== '\\') return { text: first ?? '', length: 1 }
  if (text.length < 2) throw new BadQuoting('a backslash at the end')
  return { text: text.slice(1, 2), length: 2 }
}

function takeQuoted(text: string, pattern: RegExp, read: (inner: string) => string) {
  const match = pattern.exec(text)
  if (!match) throw new BadQuoting(`a quote (${text[0]}) that is not closed`)
  return { text: read(match[1] ?? ''), length: match[0].length }
}

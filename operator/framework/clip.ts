// What others say, cut to what is kept of it: in errors, conditions, events and logs.

/** The text, or its beginning with how much is missing. */
export function clipped(text: string, longest: number): string {
  if (text.length <= longest) return text
  const note = `… (${text.length} characters)`
  return text.slice(0, Math.max(0, longest - note.length)) + note
}

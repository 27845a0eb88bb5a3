// Resource versions are decimal numbers that grow (KEP-5504), too large for a JavaScript number.

export function isNewer(a: string, than: string): boolean {
  return a.length === than.length ? a > than : a.length > than.length
}

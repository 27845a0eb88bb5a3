// `--cloud-speed` as the demo and the sandbox's command line take it: how many times faster than AWS the double is.

export function cloudSpeedOf(text: string): number {
  const speed = Number(text)
  if (text.trim() !== '' && speed > 0) return speed
  throw new Error(`--cloud-speed: expected a number above 0, such as 60 or Infinity, got ${text}`)
}

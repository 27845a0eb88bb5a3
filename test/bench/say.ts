// What a benchmark tells on stderr while it measures, and figures as they are printed.

export type Figures = { name: string } & Record<string, number | string>

export const say = (line: string): void => console.error(`  ${line}`)

/** Seconds with two digits, as the figures give them. */
export const seconds = (ms: number): number => Math.round(ms / 10) / 100

export const megabytes = (bytes: number): number => Math.round(bytes / 2 ** 18) / 4

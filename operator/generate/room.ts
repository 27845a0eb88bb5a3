// A room of the list of layers.
export type Room = {
  /** From the root of the repository; `*` stands for one folder. The longest that fits a file is its room. */
  readonly path: string
  readonly holds: string
  /** Rooms below it, or the folder or file of one that is its door for this room. */
  readonly imports: readonly string[]
  readonly packages: readonly string[]
  /** Its folders, if it is too large to be told in one line. */
  readonly folders?: Readonly<Record<string, string>>
}

/** Whether a package of a room, perhaps with `*` at its end, is the one that is named. */
export const covers = (own: string, name: string): boolean =>
  own.endsWith('*') ? name.startsWith(own.slice(0, -1)) : own === name

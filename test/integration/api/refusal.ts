// A row of what the API server refuses: a change of the least spec, and the words that name the field.
export type Refusal = [what: string, at: string, value: unknown, message: string | RegExp]

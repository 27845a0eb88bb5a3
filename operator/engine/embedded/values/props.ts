// Properties of a resource, as every part of the engine passes them on: by name, whatever they are.

export type Props = Record<string, unknown>

// What one measurement comes to: its name, and figures with their unit in their names.
export type Figures = { name: string } & Record<string, number | string>

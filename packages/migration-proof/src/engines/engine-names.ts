/** The engines on which a history is proven, as a config and `verify --engine` name them. */
export const engineNames = [
  'better-sqlite3',
  'node:sqlite',
  'bun:sqlite',
  'libsql',
  'turso',
  'd1',
  'durable-object',
] as const

export type EngineName = (typeof engineNames)[number]

export function isEngineName(value: unknown): value is EngineName {
  return engineNames.some((name) => name === value)
}

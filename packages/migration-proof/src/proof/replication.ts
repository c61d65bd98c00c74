/** The ways of replication that a config may name. */
export const replications = ['rqlite', 'dqlite', 'litefs', 'turso-sync'] as const

/** What brings the changes of a database to other nodes. */
export type Replication = (typeof replications)[number]

export function isReplication(value: unknown): value is Replication {
  return replications.some((name) => name === value)
}

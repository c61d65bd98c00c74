/** The ways of replication that a config may name. */
export const replications = ['rqlite', 'dqlite', 'litefs', 'turso-sync'] as const

/** What brings the changes of a database to other nodes. */
export type Replication = (typeof replications)[number]

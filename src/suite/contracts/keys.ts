/** The name that SQLite gives to the index of a text primary key: https://www.sqlite.org/fileformat2.html#intschema */
export function primaryKeyOf(table: string): string {
  return `sqlite_autoindex_${table}_1`
}

/** A second of the Unix epoch, as a parameter for `now`: 2023-11-14 22:13:20 UTC. */
export const NOW = 1_700_000_000n

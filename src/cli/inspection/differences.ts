import { diffSchemas } from '../../harness/schema/diff.ts'
import type { Difference } from '../../harness/schema/difference.ts'
import { readSchema } from '../../harness/schema/read.ts'
import type { Connection } from '../../harness/sql/connection.ts'

/** Where the schema of one database is not that of another. Both connections stay open. */
export function findDifferences(expected: Connection, actual: Connection): readonly Difference[] {
  return diffSchemas(readSchema(expected), readSchema(actual))
}

import type { Suite } from '../../harness/proof/suite.ts'
import type { Connection } from '../../harness/sql/connection.ts'
import { readOutline } from './outline.ts'
import { findNearest, findReferences } from './references.ts'

/** What kind of file of its version a database is. */
export function nameForm(suite: Suite, connection: Connection, version: number): string {
  const outline = readOutline(connection)
  if (version === 0 && outline.size === 0) return 'empty'
  return findNearest(findReferences(suite, version), outline)?.form ?? 'unknown'
}

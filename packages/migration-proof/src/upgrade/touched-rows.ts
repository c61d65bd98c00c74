import type { Touched } from '../checks/subject.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import {
  type DatabaseSize,
  JournalFormatError,
  type JournalPages,
  readJournalPages,
} from './journal-pages.ts'
import type { Original } from './original.ts'
import { findOwners, findTouchedTables, readEntries, type SchemaEntry } from './touched-tables.ts'

/** What is known of a file before its upgrade, to read from the journal what the upgrade wrote to. */
export interface JournalReading {
  readonly connection: Connection
  readonly plan: MigrationPlan
  readonly path: string
  readonly original: Original
  /** As SQLite reported it before the transaction. */
  readonly sizeBefore: DatabaseSize
  readonly entriesBefore: readonly SchemaEntry[]
}

/**
 * The tables whose rows the open transaction may have changed, by the pages that its journal names.
 *
 * @returns null without a journal that can be read: nothing is known of any page
 */
export function readTouched(reading: JournalReading): Touched | null {
  const pages = readPages(reading)
  if (pages === null) return null
  const { connection, original, entriesBefore, plan } = reading
  const { names, unknownPages } = findTouchedTables(entriesBefore, readEntries(connection), pages)
  const versionTables = new Set(plan.versions.tables.map(foldName))
  const touched = [...names].filter((name) => !versionTables.has(name))
  const owners = unknownPages.length === 0 ? [] : findOwners(connection, original.attach(), unknownPages)
  return {
    tables: new Set([...touched, ...owners]),
    hasRows: touched.length > 0 || unknownPages.length > 0,
    detail: `${pages.offsets.size} of ${pages.pageCountBefore} pages written to`,
  }
}

function readPages({ path, sizeBefore }: JournalReading): JournalPages | null {
  try {
    return readJournalPages(`${path}-journal`, sizeBefore)
  } catch (error) {
    if (error instanceof JournalFormatError) return null
    throw error
  }
}

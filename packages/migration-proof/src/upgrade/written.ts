import { checkTables } from '../checks/integrity.ts'
import type { IntegrityScope } from '../checks/integrity-scope.ts'
import type { Touched } from '../checks/subject.ts'
import { countOf } from '../count.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { refuseDamage } from './copy-database.ts'
import {
  type DatabaseSize,
  JournalFormatError,
  type JournalPages,
  readJournalPages,
} from './journal-pages.ts'
import type { ProofLevel } from './model.ts'
import type { Original } from './original.ts'
import {
  findOwners,
  findTouchedTables,
  findWritten,
  onlyGainedColumns,
  readEntries,
  type SchemaEntry,
} from './touched-tables.ts'

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

/** What the open transaction may have changed, by the pages that its journal names. */
export interface Written {
  readonly touched: Touched
  /** The folded names of the tables and indexes from before that own a page which was written to. */
  readonly owners: ReadonlySet<string>
}

/** @returns null without a journal that can be read: nothing is known of any page */
export function readWritten(reading: JournalReading): Written | null {
  const pages = readPages(reading)
  if (pages === null) return null
  const { connection, original, entriesBefore, plan } = reading
  const { names, roots, unknownPages } = findTouchedTables(entriesBefore, readEntries(connection), pages)
  const versionTables = new Set(plan.versions.tables.map(foldName))
  const touched = [...names].filter((name) => !versionTables.has(name))
  const owners = unknownPages.length === 0 ? [] : findOwners(connection, original.attach(), unknownPages)
  return {
    touched: {
      tables: new Set([...touched, ...owners]),
      hasRows: touched.length > 0 || unknownPages.length > 0,
      detail: `${pages.offsets.size} of ${pages.pageCountBefore} pages written to`,
    },
    owners: new Set([...roots, ...owners]),
  }
}

/** What `integrity` must look at after an upgrade; null for everything, also where nothing is known of what was written to. */
export function scopeOf(
  { connection, original, entriesBefore }: JournalReading,
  readOnce: () => Written | null,
  level: ProofLevel,
): IntegrityScope | null {
  const written = level === 'thorough' ? null : readOnce()
  if (written === null) return null
  const hasSameKeys = (table: string) => onlyGainedColumns(connection, original.attach(), table)
  const { rewritten, indexes } = findWritten(
    entriesBefore,
    readEntries(connection),
    written.owners,
    hasSameKeys,
  )
  const tables = rewritten.map(({ name }) => name)
  const indexed = [...new Set(indexes.map(({ table }) => table))]
  const touched = new Set(indexes.map(({ name }) => foldName(name)))
  if (level === 'default') {
    const counted = listPartial(connection, indexed).filter(({ name }) => touched.has(foldName(name)))
    return {
      isWhole: true,
      inFull: tables,
      quickly: [],
      counted,
      detail: `all pages and trees are sound, and each entry of the indexes of ${countOf(tables.length, 'table')} that ${tables.length === 1 ? 'was' : 'were'} written to`,
    }
  }
  const quickly = [...tables, ...indexed]
  const counted = listPartial(connection, quickly)
  const detail = `pages and trees of ${countOf(quickly.length, 'table')} that ${quickly.length === 1 ? 'was' : 'were'} written to are sound`
  return { isWhole: false, inFull: [], quickly, counted, detail }
}

/**
 * The tables whose rows can have lost a parent: those that are not what they were, and those that refer to such a table, or to
 * one that lost an index or is gone; null for all, also where nothing is known of what was written to.
 */
export function childrenOf(
  { connection, entriesBefore }: JournalReading,
  readOnce: () => Written | null,
  level: ProofLevel,
): readonly string[] | null {
  const written = level === 'thorough' ? null : readOnce()
  if (written === null) return null
  const entries = readEntries(connection)
  const { rewritten } = findWritten(entriesBefore, entries, written.owners, () => false)
  const present = new Set(entries.map(({ name }) => foldName(name)))
  const changed = new Set([
    ...rewritten.map(({ name }) => foldName(name)),
    // Without its index, what is referred to may not be unique.
    ...entriesBefore.filter(({ name }) => !present.has(foldName(name))).map(({ table }) => foldName(table)),
  ])
  const references = connection.all(`SELECT m.name AS child, k."table" AS parent
    FROM main.sqlite_master AS m, pragma_foreign_key_list(m.name, 'main') AS k WHERE m.type = 'table'`)
  const children = references
    .filter(({ child, parent }) => [child, parent].some((table) => changed.has(foldName(String(table)))))
    .map(({ child }) => String(child))
  return [...new Set(children)]
}

function listPartial(connection: Connection, tables: readonly string[]) {
  return tables.flatMap((table) =>
    connection
      .all("SELECT name FROM pragma_index_list(?, 'main') WHERE partial", [table])
      .map(({ name }) => ({ name: String(name), table })),
  )
}

/**
 * A table that was damaged before can lose rows in a rebuild, and be sound and like the backup afterwards.
 *
 * @throws {UpgradeRefusedError}
 */
export function refuseDamagedTables(
  { connection, path, original, entriesBefore }: JournalReading,
  written: Written | null,
) {
  const tables = entriesBefore
    .filter(({ type, name }) => type === 'table' && written?.touched.tables.has(foldName(name)) !== false)
    .map(({ name }) => name)
  if (tables.length === 0) return
  refuseDamage(path, 'quick_check', checkTables(connection, original.attach(), 'quick_check', tables))
}

function readPages({ path, sizeBefore }: JournalReading): JournalPages | null {
  try {
    return readJournalPages(`${path}-journal`, sizeBefore)
  } catch (error) {
    if (error instanceof JournalFormatError) return null
    throw error
  }
}

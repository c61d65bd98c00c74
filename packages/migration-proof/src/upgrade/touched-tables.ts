import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import type { JournalPages } from './journal-pages.ts'

/** A table or index as the schema listed it before the transaction. */
export interface SchemaEntry {
  readonly name: string
  readonly rootPage: number
  readonly sql: string | null
}

/** Which tables may hold other rows than before. */
export interface TouchedTables {
  /** Folded names of tables, and of indexes, which are no matter here. */
  readonly names: ReadonlySet<string>
  /** Pages that were written to and whose owner is found only by a walk through the trees. */
  readonly unknownPages: readonly number[]
}

/** What owns pages: every table and index that is not virtual. */
export function readEntries(connection: Connection): SchemaEntry[] {
  return connection
    .all('SELECT name, rootpage, sql FROM main.sqlite_master WHERE rootpage > 0')
    .map(({ name, rootpage, sql }) => ({
      name: String(name),
      rootPage: Number(rootpage),
      sql: typeof sql === 'string' ? sql : null,
    }))
}

/**
 * The tables from before whose rows may differ now: those whose entry in the schema is another one, and those
 * that own a page which was written to. The pages of all others were not written to, and the schema still refers to
 * them.
 */
export function findTouchedTables(
  before: readonly SchemaEntry[],
  after: readonly SchemaEntry[],
  { offsets }: JournalPages,
): TouchedTables {
  const entries = new Set(after.map(identify))
  const moved = before.filter((entry) => !entries.has(identify(entry)))
  const roots = new Map(before.map(({ name, rootPage }) => [rootPage, name]))
  // Page 1 holds the header and the schema, whose entries were compared one by one.
  const pages = [...offsets.keys()].filter((page) => page !== 1)
  const owners = pages.flatMap((page) => roots.get(page) ?? [])
  return {
    names: new Set([...moved.map(({ name }) => name), ...owners].map(foldName)),
    unknownPages: pages.filter((page) => !roots.has(page)),
  }
}

/**
 * Finds who owned pages before, by a walk through the trees: https://www.sqlite.org/dbstat.html
 *
 * @param before the name under which the database from before is attached
 * @returns folded names; a page that belongs to no tree was free
 */
export function findOwners(connection: Connection, before: string, pages: readonly number[]): string[] {
  return connection
    .all('SELECT DISTINCT name FROM dbstat(?) WHERE pageno IN (SELECT value FROM json_each(?))', [
      before,
      JSON.stringify(pages),
    ])
    .map(({ name }) => foldName(String(name)))
}

function identify({ name, rootPage, sql }: SchemaEntry): string {
  return JSON.stringify([name, rootPage, sql])
}

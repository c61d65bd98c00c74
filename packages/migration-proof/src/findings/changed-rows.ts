import { shown } from '../checks/rows/keyed-rows.ts'
import { migrate } from '../migrator/migrate.ts'
import type { Migration } from '../migrator/migration.ts'
import { type MigrationPlan, planUpTo } from '../migrator/plan.ts'
import type { FixtureSuite } from '../snapshots/declaration.ts'
import { type SnapshotImage, withoutWal } from '../snapshots/open.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'
import { attempt, openCopy } from './attempt.ts'
import { runWatched, tryLoad } from './trial.ts'

/** A statement of a migration that changes rows which a file has already. */
export interface RowChange {
  /** The statement, without its comments. */
  readonly sql: string
  /** Such as `UPDATE note`. */
  readonly what: string
  readonly table: string
  /** How many rows it changed in the snapshots, those that a trigger or a foreign key changed for it included. */
  readonly rows: number
}

/**
 * Runs a migration on every frozen snapshot of the last version before it that has one, and counts the rows that each of its
 * statements changes. Where one changes none, the snapshots of earlier versions are upgraded and counted too.
 *
 * @returns one entry for each statement that changes rows; null where no snapshot before it is frozen
 */
export function countRowChanges(
  { plan, snapshots, fixtures }: FixtureSuite,
  migration: Migration,
): RowChange[] | null {
  const counts = new Map<string, RowChange>()
  const versions = Array.from(
    { length: migration.version - 1 },
    (_, position) => migration.version - 1 - position,
  )
  let isCounted = false
  for (const version of versions) {
    const isOpen = [...counts.values()].some(({ rows }) => rows === 0)
    if (isCounted && !isOpen) break
    const declared = snapshots.filter((one) => one.version === version && one.form === 'versioned')
    const images = declared.flatMap(({ name }) => tryLoad(fixtures, name) ?? [])
    // Rows that are not frozen yet may be those that it changes.
    if (!isCounted && declared.length > 0 && images.length === 0) return null
    for (const change of images.flatMap((found) => countOn(found, plan, migration))) {
      const key = normaliseSql(change.sql)
      counts.set(key, { ...change, rows: change.rows + (counts.get(key)?.rows ?? 0) })
    }
    isCounted ||= images.length > 0
  }
  return isCounted ? [...counts.values()] : null
}

function countOn({ bytes }: SnapshotImage, plan: MigrationPlan, { version }: Migration): RowChange[] {
  using copy = openCopy(withoutWal(bytes))
  const { connection } = copy
  const found: RowChange[] = []
  let last: Omit<RowChange, 'rows'> | null = null
  let before: { readonly changes: number; readonly values: string | null } = { changes: 0, values: null }
  const count = () => {
    const changes = totalChanges(connection)
    if (last === null) return changes
    // An UPDATE counts rows whose values it writes again.
    const isSame = before.values !== null && before.values === readValues(connection, last.table)
    found.push({ ...last, rows: isSame ? 0 : changes - before.changes })
    return changes
  }
  try {
    migrate(connection, planUpTo(plan, version - 1))
  } catch {
    // An upgrade that fails is for `verify` to report.
    return []
  }
  runWatched(copy, plan, version, (sql) => {
    const changes = count()
    last = readRowChange(sql, plan)
    before = { changes, values: last?.what.startsWith('UPDATE') ? readValues(connection, last.table) : null }
    return sql
  })
  count()
  return found
}

/** The values of a table as one text; empty where there is no such table. */
function readValues(connection: Connection, table: string): string {
  const answer = attempt(connection, `SELECT 1 FROM main.${quoteName(table)} LIMIT 0`)
  if (!answer.accepted) return ''
  return connection
    .all(`SELECT * FROM main.${quoteName(table)}`)
    .map((row) => Object.values(row).map(shown).join())
    .join('\n')
}

function totalChanges(connection: Connection): number {
  return Number(connection.all('SELECT total_changes() AS total')[0]?.total)
}

/** Null for a statement that changes no row of the user, or inserts values that it brings with it. */
export function readRowChange(sql: string, { versions }: MigrationPlan): Omit<RowChange, 'rows'> | null {
  const tokens = significantTokens(sql).map(unquote)
  const words = tokens.map(foldName)
  const start =
    words[0] === 'with' ? words.findIndex((word) => /^(update|delete|insert|replace)$/.test(word)) : 0
  const verb = words[start]
  if (verb !== 'update' && verb !== 'delete' && verb !== 'insert' && verb !== 'replace') return null
  const isCopy = words.includes('select', start) && words.includes('from', start)
  if ((verb === 'insert' || verb === 'replace') && !isCopy) return null
  const into = words.findIndex((word, position) => position > start && (word === 'into' || word === 'from'))
  let place = verb === 'update' ? start + 1 : into + 1
  if (words[place] === 'or') place += 2
  if (words[place + 1] === '.') place += 2
  const table = tokens[place]
  if (table === undefined || foldName(table).startsWith('sqlite_')) return null
  if (versions.tables.some((own) => foldName(own) === foldName(table))) return null
  return {
    sql,
    what: `${verb.toUpperCase()}${verb === 'update' ? '' : verb === 'delete' ? ' FROM' : ' INTO'} ${table}`,
    table,
  }
}

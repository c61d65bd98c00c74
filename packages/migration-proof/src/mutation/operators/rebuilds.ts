import type { Migrate } from '../../checks/subject.ts'
import type { MigrationConnection } from '../../migrator/migration.ts'
import { quoteName } from '../../sql/names.ts'
import { simpleMigrator } from '../migrators/simple-migrator.ts'
import type { FilledTable, Operator } from './operator.ts'
import { type DataFault, injectIntoTables } from './tables-at.ts'

/**
 * Rebuilds of a table as described in https://www.sqlite.org/lang_altertable.html#otheralter, each of which omits one
 * step.
 */
export const rebuildOperators: readonly Operator[] = [
  rebuildOperator('rebuild-loses-index', function* (table) {
    for (const index of table.indexes) yield { fault: `forgets index ${index}`, omit: { index } }
  }),
  rebuildOperator(
    'rebuild-loses-trigger',
    function* () {
      yield { fault: 'forgets the triggers', omit: { triggers: true } }
    },
    simpleMigrator(),
  ),
  rebuildOperator('rebuild-lowers-watermark', function* ({ hasAutoincrement }) {
    if (hasAutoincrement) yield { fault: 'forgets the highest number', omit: { watermark: true } }
  }),
  rebuildOperator('rebuild-wipes-children', function* ({ isParent }) {
    if (isParent) yield { fault: 'leaves foreign keys on', omit: { foreignKeysOff: true } }
  }),
  rebuildOperator('rebuild-renames-old-first', function* ({ isParent }) {
    if (isParent)
      yield { fault: 'renames the old table first, and its foreign keys with it', omit: { order: true } }
  }),
  rebuildOperator('rebuild-shifts-columns', function* ({ columns }) {
    const plain = columns.filter(({ isKey, isReference }) => !isKey && !isReference)
    const [first, second] = plain.flatMap((column, position) => {
      const next = plain.slice(position + 1).find(({ type }) => type === column.type)
      return next === undefined ? [] : [column.name, next.name]
    })
    if (first === undefined || second === undefined) return
    yield { fault: `swaps the values of ${first} and ${second}`, omit: { swapped: [first, second] } }
  }),
]

interface Omissions {
  readonly index?: string
  readonly triggers?: true
  readonly watermark?: true
  readonly foreignKeysOff?: true
  readonly order?: true
  readonly swapped?: readonly [string, string]
}

/**
 * @param migrate applies the migrations instead of the harness's own migrator, which recreates the triggers of a user, as
 *   not every migrator does
 */
function rebuildOperator(
  name: string,
  choose: (table: FilledTable) => Iterable<{ readonly fault: string; readonly omit: Omissions }>,
  migrate?: Migrate,
): Operator {
  const inject = function* (table: FilledTable): Generator<DataFault> {
    const columns = table.columns.map((column) => column.name)
    for (const { fault, omit } of choose(table)) {
      yield {
        fault: `rebuilds ${table.name} and ${fault}`,
        run: (connection) => rebuild(connection, table.name, columns, omit),
        foreignKeys: omit.foreignKeysOff ? 'on' : 'off',
      }
    }
  }
  return {
    name,
    site: 'data',
    *inject(input) {
      for (const faulty of injectIntoTables(input, inject, { alsoWhereAdopted: false }))
        yield migrate === undefined ? faulty : { ...faulty, migrate }
    },
  }
}

/** Rebuilds a table without changing it. Without omissions, nothing is lost. */
export function rebuild(
  connection: MigrationConnection,
  name: string,
  columns: readonly string[],
  omit: Omissions = {},
): void {
  const objects = connection.all(
    'SELECT type, name, sql FROM sqlite_schema WHERE tbl_name = ? AND sql IS NOT NULL',
    [name],
  )
  const sql = String(objects.find(({ type }) => type === 'table')?.sql)
  const watermark = readWatermark(connection, name)
  const old = quoteName(name)
  const made = quoteName(`rebuilt_${name}`)
  const list = columns.map(quoteName)
  const values = columns.map((column) => quoteName(exchange(column, omit.swapped)))
  const copy = (to: string, from: string) =>
    connection.exec(`INSERT INTO ${to} (${list.join(', ')}) SELECT ${values.join(', ')} FROM ${from}`)
  if (omit.order) {
    connection.exec(`ALTER TABLE ${old} RENAME TO ${made}`)
    connection.exec(sql)
    copy(old, made)
    connection.exec(`DROP TABLE ${made}`)
  } else {
    connection.exec(sql.replace(/^(create\s+table\s+)("(?:[^"]|"")*"|\S+?)(?=[\s(])/i, `$1${made}`))
    copy(made, old)
    connection.exec(`DROP TABLE ${old}`)
    connection.exec(`ALTER TABLE ${made} RENAME TO ${old}`)
  }
  for (const object of objects) {
    const isLeftOut = object.name === omit.index || (object.type === 'trigger' && omit.triggers)
    if (object.type !== 'table' && !isLeftOut) connection.exec(String(object.sql))
  }
  if (watermark !== null && !omit.watermark) {
    connection.all('DELETE FROM sqlite_sequence WHERE name = ?', [name])
    connection.all('INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)', [name, watermark])
  }
}

function readWatermark(connection: MigrationConnection, table: string) {
  const [present] = connection.all(`SELECT 1 FROM sqlite_schema WHERE name = 'sqlite_sequence'`)
  if (present === undefined) return null
  return connection.all('SELECT seq FROM sqlite_sequence WHERE name = ?', [table])[0]?.seq ?? null
}

function exchange(name: string, swapped: readonly [string, string] | undefined): string {
  if (name === swapped?.[0]) return swapped[1]
  return name === swapped?.[1] ? swapped[0] : name
}

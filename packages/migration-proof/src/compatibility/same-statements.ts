import { errorMessage } from '../errors.ts'
import { errorCode } from '../migrator/errors.ts'
import { listStored, makeObjects } from '../migrator/stored-objects.ts'
import { makeProblem, type Problem, type ProblemSubject } from '../problem.ts'
import { parentsFirst, RowGenerator } from '../rows/generate.ts'
import type { ForeignKey, Index, Schema, Table } from '../schema/model.ts'
import { findTable } from '../schema/model.ts'
import { readQueryPlan } from '../schema/query-plan.ts'
import { readSchema } from '../schema/read.ts'
import { isUnrepeatable } from '../snapshots/clock.ts'
import { dumpRows, storedColumns } from '../snapshots/typed-rows.ts'
import type { Connection, SqlRow } from '../sql/connection.ts'
import { quoteName } from '../sql/names.ts'

/**
 * Runs the same statements on two databases of one schema and compares what they do. Nothing has to be declared for it: the
 * statements are made of the schema.
 */
interface Pair {
  readonly here: Connection
  readonly there: Connection
}

/**
 * What an engine does otherwise with the same rows in the same schema: how it stores them, what it fills in where a column
 * is left out, and which rows follow when a parent is deleted or gets another key.
 *
 * @param here the upgraded database on the engine of the harness
 * @param there the same on the other engine
 */
export function compareRows(here: Connection, there: Connection): Problem[] {
  const pair: Pair = { here: here.openMemory(), there: there.openMemory() }
  try {
    const objects = listStored(here).filter(({ type }) => type !== 'trigger' && type !== 'view')
    const made = makeObjects(pair.here, objects)
    for (const { type, name, sql } of made) {
      const actual = outcomeOf(() => pair.there.exec(sql))
      if (actual === accepted) continue
      // Without it, nothing else can be compared.
      const evidence = [{ ran: sql, happened: actual }]
      return [makeProblem('objects', { subject: objectOf(type, name), expected: accepted, actual, evidence })]
    }
    return compareFilled(pair)
  } finally {
    pair.here.close()
    pair.there.close()
  }
}

function objectOf(type: string, name: string): ProblemSubject {
  return type === 'index' ? { type, name } : { type: 'table', name }
}

function compareFilled(pair: Pair): Problem[] {
  const schema = readSchema(pair.here)
  const ordinary = [...schema.tables.values()].filter(({ module }) => module === null)
  const names = parentsFirst(
    pair.here,
    ordinary.map(({ name }) => name),
  )
  const generator = new RowGenerator(pair.here, schema)
  try {
    for (const name of names) generator.fill(name, 2)
  } finally {
    generator.close()
  }
  pair.here.exec('PRAGMA foreign_keys = OFF')
  pair.there.exec('PRAGMA foreign_keys = OFF')
  const rows = dumpRows(pair.here, names)
  const loaded = outcomeOf(() => pair.there.exec(rows))
  const stored = names.flatMap((name) =>
    differ('storage', { type: 'table', name }, pair, loaded === accepted ? '' : loaded, (connection) =>
      readStored(connection, name),
    ),
  )
  const defaults = ordinary.flatMap((table) => compareDefaults(pair, table))
  return [...stored, ...defaults, ...compareReferences(pair, schema)]
}

/** A row that leaves out every column that it may leave out. */
function compareDefaults(pair: Pair, table: Table): Problem[] {
  const { columns, name } = table
  const [row] = pair.here.all(`SELECT * FROM ${quoteName(name)} LIMIT 1`)
  const omitted = columns.filter((column) => column.default !== null && column.generated === null)
  if (row === undefined || omitted.length === 0) return []
  const kept = columns.filter((column) => !omitted.includes(column) && column.generated === null)
  const list = kept.map((column) => quoteName(column.name)).join(', ')
  const marks = kept.map(() => '?').join(', ')
  const insert = `INSERT INTO ${quoteName(name)} ${kept.length === 0 ? 'DEFAULT VALUES' : `(${list}) VALUES (${marks})`}`
  const values = kept.map((column) => row[column.name] ?? null)
  return omitted.flatMap((column) => {
    const field = quoteName(column.name)
    const read = /current_|now|unixepoch|random|julianday/i.test(column.default ?? '')
      ? `SELECT typeof(${field}) AS value FROM ${quoteName(name)}`
      : `SELECT typeof(${field}) || ' ' || quote(${field}) AS value FROM ${quoteName(name)}`
    const subject = { type: 'column', name: `${name}.${column.name}`, table: name } as const
    return differ('defaults', subject, pair, insert, (connection) =>
      undone(connection, () => {
        connection.exec(`DELETE FROM ${quoteName(name)}`)
        connection.all(insert, values)
        return connection.all(read)
      }),
    )
  })
}

/** What happens to the rows of a table when their parents are deleted, or get other keys. */
function compareReferences(pair: Pair, schema: Schema): Problem[] {
  pair.here.exec('PRAGMA foreign_keys = ON')
  const switched = outcomeOf(() => pair.there.exec('PRAGMA foreign_keys = ON'))
  const isOn = pair.there.all('PRAGMA foreign_keys')[0]?.foreign_keys === 1n
  const references = [...schema.tables.values()].flatMap((table) =>
    table.foreignKeys.map((key) => ({ table, key })),
  )
  if (references.length > 0 && !isOn) {
    const subject = { type: 'database', name: 'foreign keys' } as const
    const actual = switched === accepted ? 'off' : switched
    const evidence = [{ ran: 'PRAGMA foreign_keys = ON', happened: actual }]
    return [makeProblem('cascades', { subject, expected: 'on', actual, evidence })]
  }
  return references.flatMap(({ table, key }) =>
    statementsOn(schema, key).flatMap((sql) =>
      differ('cascades', referenceOf(table, key), pair, sql, (connection) =>
        undone(connection, () => {
          connection.exec(sql)
          return [...readStored(connection, table.name), ...readStored(connection, key.parent)]
        }),
      ),
    ),
  )
}

function referenceOf(table: Table, { columns, parent }: ForeignKey): ProblemSubject {
  const name = `${table.name}(${columns.join(', ')}) to ${parent}`
  return { type: 'foreign key', name, table: table.name }
}

function statementsOn(schema: Schema, { parent, parentColumns }: ForeignKey): string[] {
  const table = findTable(schema, parent)
  if (table === undefined || table.module !== null) return []
  const [column = 'rowid'] = parentColumns
  const field = quoteName(column)
  const changed = `CASE typeof(${field}) WHEN 'integer' THEN ${field} + 1000 WHEN 'real' THEN ${field} + 1000 ELSE ${field} || 'x' END`
  return [`DELETE FROM ${quoteName(parent)}`, `UPDATE ${quoteName(parent)} SET ${field} = ${changed}`]
}

/**
 * Where an engine reads all rows of a table that better-sqlite3 finds by an index.
 *
 * @param here the upgraded database on the engine of the harness
 * @param there the same on the other engine
 */
export function comparePlans(here: Connection, there: Connection): Problem[] {
  const { tables } = readSchema(here)
  return [...tables.values()]
    .filter(({ module }) => module === null)
    .flatMap((table) => table.indexes.map((index) => ({ table, index })))
    .filter(({ index }) => index.where === null)
    .flatMap(({ table, index }) => comparePlan({ here, there }, table, index))
}

function comparePlan(pair: Pair, table: Table, index: Index): Problem[] {
  const [first] = index.columns
  if (first?.column == null) return []
  const sql = `SELECT * FROM ${quoteName(table.name)} WHERE ${quoteName(first.column)} = 'a'`
  const subject = { type: 'index', name: index.name, table: table.name } as const
  return differ('plans', subject, pair, sql, (connection) =>
    readQueryPlan(connection, sql).map(({ access }) => ({ value: access })),
  )
}

const accepted = 'accepted'

/** Something that both do, and that one does otherwise. */
function differ(
  code: string,
  subject: ProblemSubject,
  { here, there }: Pair,
  ran: string,
  work: (connection: Connection) => readonly SqlRow[],
): Problem[] {
  const [expected, actual] = [here, there].map((connection) => {
    let rows: readonly SqlRow[] = []
    const outcome = outcomeOf(() => {
      rows = work(connection)
    })
    return outcome === accepted ? describeRows(rows) : outcome
  })
  if (expected === undefined || actual === undefined || expected === actual) return []
  const evidence = ran === '' ? [] : [{ ran, happened: actual }]
  return [makeProblem(code, { subject, expected, actual, evidence })]
}

function describeRows(rows: readonly SqlRow[]): string {
  if (rows.length === 0) return 'no row'
  const shown = rows.map((row) => Object.values(row).map(String).join(', '))
  return shown.join('; ')
}

/** Each row as literals, in an order of their own. */
function readStored(connection: Connection, table: string): SqlRow[] {
  const columns = storedColumns(connection, table).map((name) => `quote(${quoteName(name)})`)
  return connection.all(`SELECT ${columns.join(` || ',' || `)} AS value FROM ${quoteName(table)} ORDER BY 1`)
}

/** `accepted`, or the code with which an engine refused, and its words where the code says nothing. */
function outcomeOf(work: () => void): string {
  try {
    work()
    return accepted
  } catch (error) {
    const code = errorCode(error)
    if (code === null && !isUnrepeatable(error)) throw error
    return code === 'SQLITE_ERROR' || code === null ? `${code ?? 'error'}: ${errorMessage(error)}` : code
  }
}

function undone<Result>(connection: Connection, work: () => Result): Result {
  connection.exec('SAVEPOINT compared')
  try {
    return work()
  } finally {
    if (connection.inTransaction) connection.exec('ROLLBACK TO compared; RELEASE compared')
  }
}

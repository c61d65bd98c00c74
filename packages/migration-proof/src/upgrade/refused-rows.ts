import { errorMessage } from '../errors.ts'
import { expectedSchema } from '../migrator/expected-schema.ts'
import { latestVersionOf, type MigrationPlan } from '../migrator/plan.ts'
import { isWithin, type Key, readKeys } from '../rows/constraints.ts'
import { columnsOf, parseCondition } from '../rows/expression.ts'
import { findTable, type Schema, type Table } from '../schema/model.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'

/** A constraint that a pending version adds to a table, and the rows of the file that do not meet it as they are now. */
export interface RefusedRows {
  readonly version: number
  readonly table: string
  readonly constraint: string
  /** How many rows; null where they cannot be counted. */
  readonly rows: number | null
  /** Some of their rowids; none where the table has no rowid. */
  readonly rowids: readonly string[]
  /** Why they cannot be counted, as where a CHECK reads JSON and a row holds other text. Null where they can. */
  readonly unreadable: string | null
}

/** How many rowids are named. */
const mostNamed = 5

/**
 * Asks a database which of its rows do not meet the constraints that the versions after it add. A migration that corrects
 * such rows first succeeds; any other one fails on them. It changes nothing.
 *
 * @param version the version that it is at
 * @param beforeQuestion called before each question; what it throws ends this
 */
export function findRefusedRows(
  connection: Connection,
  plan: MigrationPlan,
  version: number,
  beforeQuestion: () => void = () => {},
): RefusedRows[] {
  const schemas = schemasFrom(connection, plan, version)
  const [present] = schemas
  if (present === undefined) return []
  return schemas.slice(1).flatMap((after, index) => {
    const before = schemas[index] ?? present
    return [...after.tables.values()].flatMap((table) => {
      const [earlier, held] = [findTable(before, table.name), findTable(present, table.name)]
      const isOwn = plan.versions.tables.some((name) => foldName(name) === foldName(table.name))
      if (
        isOwn ||
        earlier === undefined ||
        held === undefined ||
        table.module !== null ||
        held.module !== null
      ) {
        return []
      }
      return questionsOf(earlier, table, present)
        .filter(({ columns }) => columns.every((name) => hasColumn(held, name)))
        .flatMap((question) => {
          beforeQuestion()
          const answer = ask(connection, held, question)
          const constraint = question.label
          return answer.rows === 0
            ? []
            : [{ version: version + index + 1, table: held.name, constraint, ...answer }]
        })
    })
  })
}

/** The schemas of a version and of those after it, up to one that fails without rows. */
function schemasFrom(connection: Connection, plan: MigrationPlan, version: number): Schema[] {
  const schemas: Schema[] = []
  try {
    for (let known = version; known <= latestVersionOf(plan); known++) {
      schemas.push(expectedSchema(connection, plan, known))
    }
  } catch {
    // A migration that fails in an empty database fails in the file as well, and is reported from there.
  }
  return schemas
}

/** A constraint as a question to the rows. */
interface Question {
  readonly label: string
  /** The columns that it reads. */
  readonly columns: readonly string[]
  /** What a row that does not meet it meets; null for a key. */
  readonly broken: string | null
  readonly key: Key | null
}

function questionsOf(before: Table, after: Table, present: Schema): Question[] {
  const wasNotNull = (name: string) =>
    before.columns.some((column) => column.notNull && isSame(column.name, name))
  const checks = new Set(before.checks.map(({ expression }) => expression))
  const keys = readKeys(before)
  const references = new Set(before.foreignKeys.map(describeReference))
  const nameIn = (column: string) => `${quoteName(after.name)}.${quoteName(column)}`
  return [
    ...after.columns
      .filter(({ name, notNull }) => notNull && !wasNotNull(name))
      .map(({ name }) => question(`NOT NULL of ${name}`, [name], `${nameIn(name)} IS NULL`)),
    ...after.checks
      .filter(({ expression }) => !checks.has(expression))
      .map(({ expression }) =>
        question(`CHECK (${expression})`, columnsIn(expression, after), `NOT (${expression})`),
      ),
    ...readKeys(after)
      .filter((key) => !keys.some((known) => isWithin(after, known, key)))
      .map((key) => ({
        label: key.label,
        columns: key.parts.flatMap(({ columns }) => columns),
        broken: null,
        key,
      })),
    ...after.foreignKeys
      .filter((key) => !references.has(describeReference(key)) && hasParent(present, key))
      .map((key) => {
        const set = key.columns.map((column) => `${nameIn(column)} IS NOT NULL`)
        const pairs = key.columns.map(
          (column, position) => `p.${quoteName(key.parentColumns[position] ?? '')} = ${nameIn(column)}`,
        )
        const parent = `SELECT 1 FROM main.${quoteName(key.parent)} AS p WHERE ${pairs.join(' AND ')}`
        return question(
          `FOREIGN KEY (${key.columns.join(', ')}) REFERENCES ${key.parent}`,
          key.columns,
          `${set.join(' AND ')} AND NOT EXISTS (${parent})`,
        )
      }),
    ...(after.strict && !before.strict
      ? after.columns.flatMap(({ name, type, generated }) => {
          const refused = generated === null ? refusedByType(type, nameIn(name)) : null
          return refused === null ? [] : [question(`the type ${type} of ${name}`, [name], refused)]
        })
      : []),
  ]
}

function question(label: string, columns: readonly string[], broken: string): Question {
  return { label, columns, broken, key: null }
}

/** What a STRICT column refuses after it tried to convert it: https://www.sqlite.org/stricttables.html */
function refusedByType(type: string, column: string): string | null {
  const number = `CAST(${column} AS NUMERIC)`
  if (type === 'INT' || type === 'INTEGER') {
    return `typeof(${column}) NOT IN ('null', 'integer') AND (typeof(${column}) = 'blob' OR ${number} <> ${column} OR CAST(${column} AS INTEGER) <> ${number})`
  }
  if (type === 'REAL') {
    return `typeof(${column}) = 'blob' OR (typeof(${column}) = 'text' AND ${number} <> ${column})`
  }
  if (type === 'TEXT') return `typeof(${column}) = 'blob'`
  return type === 'BLOB' ? `typeof(${column}) NOT IN ('null', 'blob')` : null
}

function ask(
  connection: Connection,
  table: Table,
  { broken, key }: Question,
): Pick<RefusedRows, 'rows' | 'rowids' | 'unreadable'> {
  const rowid = rowidOf(table)
  const from = `main.${quoteName(table.name)} AS ${quoteName(table.name)}`
  try {
    if (key !== null) return askKey(connection, from, key, rowid)
    const [counted] = connection.all(`SELECT count(*) AS n FROM ${from} WHERE ${broken}`)
    const rows = Number(counted?.n)
    const found =
      rows === 0 || rowid === null
        ? []
        : connection.all(`SELECT ${rowid} AS id FROM ${from} WHERE ${broken} LIMIT ${mostNamed}`)
    return {
      rows,
      rowids: found.flatMap(({ id }) => (typeof id === 'bigint' ? [`${id}`] : [])),
      unreadable: null,
    }
  } catch (error) {
    return { rows: null, rowids: [], unreadable: errorMessage(error) }
  }
}

/** The rows that share a key with another one. */
function askKey(connection: Connection, from: string, { parts, where }: Key, rowid: string | null) {
  const conditions = [
    ...parts.map(({ sql }) => `${sql} IS NOT NULL`),
    ...(where === null ? [] : [`(${where})`]),
  ]
  const grouped = parts.map(({ sql, collation }) => `${sql} COLLATE ${quoteName(collation)}`).join(', ')
  const ids = rowid === null ? '' : `, min(${rowid}) AS first, max(${rowid}) AS last`
  const groups = `SELECT count(*) AS n${ids} FROM ${from} WHERE ${conditions.join(' AND ')}
    GROUP BY ${grouped} HAVING count(*) > 1`
  const [counted] = connection.all(`SELECT total(n) AS n FROM (${groups})`)
  const found = rowid === null ? [] : connection.all(`${groups} ORDER BY first LIMIT ${mostNamed}`)
  const rowids = found
    .flatMap(({ first, last }) => [first, last])
    .flatMap((id) => (typeof id === 'bigint' ? [`${id}`] : []))
  return { rows: Number(counted?.n), rowids: rowids.slice(0, mostNamed), unreadable: null }
}

/** The name of the rowid that no column has; null where there is none: https://www.sqlite.org/rowidtable.html */
function rowidOf(table: Table): string | null {
  if (table.withoutRowid) return null
  return ['rowid', '_rowid_', 'oid'].find((name) => !hasColumn(table, name)) ?? null
}

function columnsIn(expression: string, table: Table): string[] {
  return [...columnsOf(parseCondition(expression, { columns: table.columns.map(({ name }) => name) }))]
}

function hasParent(schema: Schema, { parent, parentColumns }: Table['foreignKeys'][number]): boolean {
  const table = findTable(schema, parent)
  return table !== undefined && parentColumns.every((name) => hasColumn(table, name))
}

function describeReference({ columns, parent, parentColumns }: Table['foreignKeys'][number]): string {
  return JSON.stringify([columns, [parent], parentColumns].map((names) => names.map(foldName)))
}

function hasColumn({ columns }: Table, name: string): boolean {
  return columns.some((column) => isSame(column.name, name))
}

function isSame(left: string, right: string): boolean {
  return foldName(left) === foldName(right)
}

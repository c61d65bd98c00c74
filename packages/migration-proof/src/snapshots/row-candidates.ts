import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'

/** Columns that are given values together, and the values to try, the likeliest first. */
export interface Choice {
  readonly columns: readonly string[]
  readonly candidates: readonly (readonly SqlValue[])[]
}

interface Column {
  readonly name: string
  readonly type: string
  readonly isNullable: boolean
}

/** Whether foreign keys refer to parents that are there, or to none. */
export type ParentChoice = 'present' | 'dangling'

const parentsTried = 5

/**
 * What a new row of a table could hold: for a foreign key the keys that its parent has, for any other column
 * values of its type and the literals of the table's CHECK constraints.
 *
 * @param number distinguishes the rows of one table: 1 for the first
 */
export function chooseValues(
  connection: Connection,
  table: string,
  number: number,
  parents: ParentChoice,
): Choice[] {
  const columns = readColumns(connection, table)
  const references = readReferences(connection, table)
  const literals = readLiterals(connection, table)
  const referring = new Set(references.flatMap(({ from }) => from))
  const plain = columns.filter(({ name }) => !referring.has(name))
  return [
    ...references.map((reference) =>
      parents === 'present'
        ? chooseParent(connection, columns, reference, number)
        : chooseNoParent(columns, reference),
    ),
    ...plain.map((column) => chooseValue(column, number, literals)),
  ]
}

function chooseValue(
  { name, type, isNullable }: Column,
  number: number,
  literals: readonly SqlValue[],
): Choice {
  const candidates = [...valuesOfType(name, type, number), ...literals, ...(isNullable ? [null] : [])]
  return { columns: [name], candidates: candidates.map((value) => [value]) }
}

/** By affinity: https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
function valuesOfType(name: string, type: string, number: number): SqlValue[] {
  const integer = BigInt(number)
  const integers = [integer, 0n, 1n, -integer, 1_700_000_000n + integer]
  const texts = [
    `${name} ${number}`,
    '{}',
    `2025-01-0${(number % 9) + 1} 12:00:00`,
    `${name}${number}`,
    'a',
    '',
  ]
  if (/INT/i.test(type)) return integers
  if (/CHAR|CLOB|TEXT/i.test(type)) return texts
  const blobs = [new Uint8Array([number, 0, 255]), new Uint8Array()]
  if (/BLOB/i.test(type)) return blobs
  const reals = [number + 0.5, 0.5, -0.5]
  if (/REAL|FLOA|DOUB/i.test(type)) return [...reals, Number(number), 0]
  return [...(type === '' ? texts : []), ...integers, ...reals, ...texts, ...blobs]
}

function chooseParent(
  connection: Connection,
  columns: readonly Column[],
  reference: Reference,
  number: number,
): Choice {
  const keys = connection
    .all(
      `SELECT ${reference.to.map((name, place) => `${quoteName(name)} AS k${place}`).join(', ')}
       FROM ${quoteName(reference.parent)} LIMIT ${parentsTried}`,
    )
    .map((row) => reference.to.map((_, place) => row[`k${place}`] ?? null))
  // Each row begins with another parent, so that not all are children of the first.
  const first = keys.length === 0 ? 0 : (number - 1) % keys.length
  const rotated = [...keys.slice(first), ...keys.slice(0, first)]
  const isNullable = columns.some(({ name, isNullable }) => isNullable && reference.from.includes(name))
  const none = reference.from.map(() => null)
  return { columns: reference.from, candidates: isNullable ? [...rotated, none] : rotated }
}

function chooseNoParent(columns: readonly Column[], { from }: Reference): Choice {
  const types = from.map((column) => columns.find(({ name }) => name === column)?.type ?? '')
  return {
    columns: from,
    candidates: [types.map((type) => (/INT/i.test(type) ? -987_654_321n : 'no such parent'))],
  }
}

function readColumns(connection: Connection, table: string): Column[] {
  return connection
    .all(`PRAGMA table_xinfo(${quoteName(table)})`)
    .filter(({ hidden }) => hidden === 0n)
    .map(({ name, type, notnull }) => ({
      name: String(name),
      type: String(type),
      isNullable: notnull === 0n,
    }))
}

interface Reference {
  readonly parent: string
  readonly from: readonly string[]
  readonly to: readonly string[]
}

/** The foreign keys of a table: https://www.sqlite.org/pragma.html#pragma_foreign_key_list */
export function readReferences(connection: Connection, table: string): Reference[] {
  const rows = connection.all(`PRAGMA foreign_key_list(${quoteName(table)})`)
  const ids = [...new Set(rows.map(({ id }) => id))]
  return ids.map((id) => {
    const parts = rows
      .filter((row) => row.id === id)
      .sort((left, right) => Number(left.seq) - Number(right.seq))
    const parent = String(parts[0]?.table)
    const named = parts.map(({ to }) => to)
    const to = named.includes(null) ? readPrimaryKey(connection, parent) : named.map(String)
    return { parent, from: parts.map(({ from }) => String(from)), to }
  })
}

function readPrimaryKey(connection: Connection, table: string): string[] {
  return connection
    .all(`PRAGMA table_xinfo(${quoteName(table)})`)
    .filter(({ pk }) => Number(pk) > 0)
    .sort((left, right) => Number(left.pk) - Number(right.pk))
    .map(({ name }) => String(name))
}

/** The strings and numbers of a table's DDL: what its CHECK constraints allow is often among them. */
function readLiterals(connection: Connection, table: string): SqlValue[] {
  const [row] = connection.all(`SELECT sql FROM sqlite_schema WHERE type = 'table' AND lower(name) = ?`, [
    foldName(table),
  ])
  return significantTokens(String(row?.sql ?? '')).flatMap((token): SqlValue[] => {
    if (token.kind === 'string') return [unquote(token)]
    if (token.kind !== 'number') return []
    return /^\d+$/.test(token.text) ? [BigInt(token.text)] : [Number(token.text)]
  })
}

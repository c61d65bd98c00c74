import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { type Choice, chooseValues, type ParentChoice, readReferences } from './row-candidates.ts'

/** How many different rows are tried before a table is given up. */
const attemptsPerRow = 5_000

/**
 * Inserts up to `count` synthetic rows into a table, each as its types, foreign keys and constraints allow:
 * values that SQLite refuses are changed, one at a time, then two, then three, until a row is taken.
 *
 * @param parents `'dangling'` for rows whose parents are not there; foreign keys must be off then
 * @returns how many rows were inserted; 0 where none could be made
 */
export function generateRows(
  connection: Connection,
  table: string,
  count: number,
  parents: ParentChoice = 'present',
): number {
  let inserted = 0
  while (inserted < count && generateRow(connection, table, inserted + 1, parents)) inserted += 1
  return inserted
}

/** The tables in an order in which each comes after those that it refers to, as far as there is one. */
export function parentsFirst(connection: Connection, tables: readonly string[]): string[] {
  const ordered: string[] = []
  const visited = new Set<string>()
  const visit = (table: string) => {
    if (visited.has(table)) return
    visited.add(table)
    for (const { parent } of readReferences(connection, table)) {
      const known = tables.find((candidate) => foldName(candidate) === foldName(parent))
      if (known !== undefined) visit(known)
    }
    ordered.push(table)
  }
  tables.forEach(visit)
  return ordered
}

function generateRow(connection: Connection, table: string, number: number, parents: ParentChoice): boolean {
  let attempts = 0
  for (const row of rowsToTry(chooseValues(connection, table, number, parents))) {
    if (insert(connection, table, row)) return true
    attempts += 1
    if (attempts === attemptsPerRow) return false
  }
  return false
}

/** A row's values by column. */
type Row = ReadonlyMap<string, SqlValue>

/** The row of the likeliest values, then those that differ from it in one choice, in two, in three. */
function* rowsToTry(choices: readonly Choice[]): Generator<Row> {
  const likeliest = choices.map(() => 0)
  for (const changes of [0, 1, 2, 3]) {
    for (const places of variations(choices, likeliest, 0, changes)) yield assemble(choices, places)
  }
}

function* variations(
  choices: readonly Choice[],
  places: readonly number[],
  from: number,
  changes: number,
): Generator<readonly number[]> {
  if (changes === 0) {
    yield places
    return
  }
  for (let changed = from; changed < choices.length; changed += 1) {
    const alternatives = choices[changed]?.candidates.length ?? 0
    for (let place = 1; place < alternatives; place += 1) {
      yield* variations(choices, places.with(changed, place), changed + 1, changes - 1)
    }
  }
}

function assemble(choices: readonly Choice[], places: readonly number[]): Row {
  return new Map(
    choices.flatMap(({ columns, candidates }, choice) => {
      const values = candidates[places[choice] ?? 0]
      return columns.map((column, part) => [column, values?.[part] ?? null] as const)
    }),
  )
}

function insert(connection: Connection, table: string, row: Row): boolean {
  const columns = [...row.keys()].map(quoteName).join(', ')
  const marks = [...row.keys()].map(() => '?').join(', ')
  try {
    connection.all(`INSERT INTO ${quoteName(table)} (${columns}) VALUES (${marks})`, [...row.values()])
    return true
  } catch (error) {
    if (isRefusal(error)) return false
    throw error
  }
}

/** A constraint, a trigger or a type said no; every other error is one of ours. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return false
  return error.code.startsWith('SQLITE_CONSTRAINT') || error.code.startsWith('SQLITE_MISMATCH')
}

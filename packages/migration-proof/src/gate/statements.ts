import { type ExecutedStatement, pinMigration, type RecordedMigration } from '../snapshots/statements.ts'
import { normaliseSql } from '../sql/normalise.ts'

/** What distinguishes two statements: what they do, not how they are written. */
function keyOf({ sql, parameters }: ExecutedStatement): string {
  const values = parameters.map((value) => `${typeof value} ${value}`)
  return [normaliseSql(sql), ...values].join('\n')
}

/** The first position at which two lists of statements part. */
export interface Parting {
  /** The statement as it was; null where none stood there. */
  readonly before: ExecutedStatement | null
  /** The statement as it is; null where none is left. */
  readonly after: ExecutedStatement | null
}

/** Where a migration begins to do something else than it did. */
export function findParting(
  before: readonly ExecutedStatement[],
  after: readonly ExecutedStatement[],
): Parting {
  const [left, right] = [before.map(keyOf), after.map(keyOf)]
  const found = left.findIndex((key, position) => key !== right[position])
  const start = found === -1 ? left.length : found
  if (right.slice(start).join('\n') === left.slice(start + 1).join('\n'))
    return { before: before[start] ?? null, after: null }
  if (left.slice(start).join('\n') === right.slice(start + 1).join('\n'))
    return { before: null, after: after[start] ?? null }
  return { before: before[start] ?? null, after: after[start] ?? null }
}

/** Whether two lists of statements do the same. */
export function isSame(before: readonly ExecutedStatement[], after: readonly ExecutedStatement[]): boolean {
  return before.map(keyOf).join('\n;\n') === after.map(keyOf).join('\n;\n')
}

/** A migration's hash, as the ledger pins it. */
export function hashOf(migration: RecordedMigration): string {
  return pinMigration(migration).hash
}

/** How much of a statement is shown. */
const shownLength = 100

/** A statement on one line; of a long one its beginning. */
export function describeStatement(statement: ExecutedStatement): string {
  return `\`${cut(onLine(statement))}\``
}

/** Two statements on a line each; of long ones the beginning, and the part from where they differ. */
export function describeBoth(before: ExecutedStatement, after: ExecutedStatement): readonly [string, string] {
  const lines = [onLine(before), onLine(after)] as const
  const [left, right] = lines
  const parting = [...left].findIndex((character, index) => character !== right[index])
  const start = left.lastIndexOf(' ', parting === -1 ? left.length : parting) + 1
  if (start < shownLength / 2 || lines.every((line) => line.length <= shownLength))
    return [describeStatement(before), describeStatement(after)]
  const [head = ''] = /^.*?(?=\()/.exec(left.slice(0, start)) ?? []
  const show = (line: string) => `\`${head}… ${cut(line.slice(start))}\``
  return [show(left), show(right)]
}

function onLine({ sql }: ExecutedStatement): string {
  return sql.replace(/\s+/g, ' ').trim()
}

function cut(line: string): string {
  return line.length > shownLength ? `${line.slice(0, shownLength - 1)}…` : line
}

/** The first line in which two texts differ, counted from 1; null where they do not. */
export function firstDifferentLine(before: string, after: string): number | null {
  if (before === after) return null
  const [left, right] = [before.split('\n'), after.split('\n')]
  const found = right.findIndex((line, position) => line !== left[position])
  return found === -1 ? Math.max(1, right.length) : found + 1
}

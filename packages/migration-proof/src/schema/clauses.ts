import { alteredConstraints, droppedObject, renamedTable, replacedTables } from '../sql/alterations.ts'
import { foldName } from '../sql/names.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'
import { describeColumns, describeForeignKey, describeIndexColumns } from './describe.ts'
import type { Column, ForeignKey, Index, Schema, Table, Trigger } from './model.ts'
import { withExpectedNames } from './renamed-columns.ts'

export type ClauseKind =
  | 'check'
  | 'collation'
  | 'default'
  | 'foreign key'
  | 'generated'
  | 'index'
  | 'not null'
  | 'primary key'
  | 'trigger'
  | 'unique'

/** One promise of a table: what its rows must meet, how they are found, or when a trigger fires. */
export interface Clause {
  readonly kind: ClauseKind
  readonly table: string
  /** As SQL: `text NOT NULL`, `UNIQUE (slug)`. Equal texts are equal clauses. */
  readonly text: string
  /** The folded names of the columns that it is about. */
  readonly columns: readonly string[]
  /** The CREATE INDEX that makes it. */
  readonly index: string | null
}

/** A clause that a schema has, and one that is meant to be the same does not. */
export interface LostClause extends Clause {
  /** The text of the clause that it has instead; null without one. */
  readonly replacement: string | null
}

/**
 * The clauses that a migration takes from the tables that it keeps. Left out are those that it names to be changed
 * (ALTER TABLE … DROP CONSTRAINT, or DROP INDEX without a rebuild), and those of columns and indexes that are gone: these
 * are differences by themselves.
 *
 * @param statements what the migration executed
 */
export function findLostClauses(before: Schema, after: Schema, statements: readonly string[]): LostClause[] {
  const meant = new Set(statements.flatMap(alteredConstraints))
  const dropped = new Set(statements.map(droppedObject))
  const rebuilt = replacedTables(statements)
  const renames = statements
    .flatMap((sql) => renamedTable(sql) ?? [])
    .filter(({ to }) => !before.tables.has(to))
  const ofTables = compareClauses(before, after).filter(({ table, index, kind, text, replacement }) => {
    const isRenamed = renames.some(
      ({ from, to }) => text.replace(`REFERENCES ${from} `, `REFERENCES ${to} `) === replacement,
    )
    if (kind === 'foreign key' && isRenamed) return false
    if (meant.has(foldName(table))) return false
    if (index !== null && !after.indexes.has(foldName(index))) return false
    return index === null || !dropped.has(foldName(index)) || rebuilt.has(foldName(table))
  })
  return [...ofTables, ...lostOfTriggers(before, after, rebuilt)]
}

/** What triggers lost that went with their table, and were written again after the rebuild. */
function lostOfTriggers(before: Schema, after: Schema, rebuilt: ReadonlySet<string>): LostClause[] {
  return [...before.triggers].flatMap(([key, trigger]) => {
    const next = after.triggers.get(key)
    if (next === undefined || !rebuilt.has(foldName(trigger.table))) return []
    const kept = clausesOfTrigger(next)
    return clausesOfTrigger(trigger)
      .filter(({ part }) => !kept.some((other) => other.part === part))
      .map(({ clause }) => ({ ...clause, replacement: null }))
  })
}

/** The clauses that say for which changes of a row a trigger fires. */
function clausesOfTrigger({ name, table, columns, when }: Trigger) {
  const clause = (part: 'columns' | 'condition', sql: string) => ({
    part,
    clause: { kind: 'trigger' as const, table, text: `TRIGGER ${name} ${sql}`, columns, index: null },
  })
  return [
    ...(columns.length === 0 ? [] : [clause('columns', `UPDATE OF ${columns.join(', ')}`)]),
    ...(when === null ? [] : [clause('condition', `WHEN ${when}`)]),
  ]
}

/** The clauses that a migration gives to the tables that it keeps. */
export function findGainedClauses(before: Schema, after: Schema): Clause[] {
  return compareClauses(after, before)
}

function compareClauses(before: Schema, after: Schema): LostClause[] {
  const { schema } = withExpectedNames(before, after)
  return [...before.tables].flatMap(([key, table]) => {
    const next = schema.tables.get(key)
    if (next === undefined || table.module !== null || next.module !== null) return []
    const isReadable = table.isParsed && next.isParsed
    const columns = new Set(next.columns.map(({ name }) => foldName(name)))
    const kept = clausesOf(next)
    return clausesOf(table)
      .filter(({ kind }) => isReadable || !needsSql.has(kind))
      .filter((clause) => clause.columns.every((name) => columns.has(name)))
      .filter(
        (clause) => !kept.some((other) => other.kind === clause.kind && isSame(other.text, clause.text)),
      )
      .filter((clause) => !isStillUnique(clause, table, kept) && !isWidened(clause, kept))
      .filter((clause) => !followsKey(clause, table, next, before, schema))
      .map((clause) => ({ ...clause, replacement: replacementOf(clause, kept) }))
  })
}

/** A key is kept by any key of the same columns, but for that which is the rowid. */
function isStillUnique({ kind, text }: Clause, { primaryKey }: Table, kept: readonly Clause[]): boolean {
  if (kind !== 'unique' && (kind !== 'primary key' || primaryKey?.isRowid === true)) return false
  const columnsIn = (other: string) => other.replace(/^(UNIQUE|PRIMARY KEY) /, '')
  return kept.some(
    (other) =>
      (other.kind === 'unique' || other.kind === 'primary key') && columnsIn(other.text) === columnsIn(text),
  )
}

/** A list that got more elements refuses less, as it is meant to. */
function isWidened({ kind, text }: Clause, kept: readonly Clause[]): boolean {
  if (kind !== 'check') return false
  const [, start, items, end] = listIn.exec(text) ?? []
  if (items === undefined) return false
  return kept.some((other) => {
    const [, otherStart, otherItems, otherEnd] = listIn.exec(other.text) ?? []
    if (other.kind !== kind || otherItems === undefined) return false
    const wider = new Set(elementsOf(otherItems))
    return otherStart === start && otherEnd === end && elementsOf(items).every((item) => wider.has(item))
  })
}

const listIn = /^(.*\bIN ?\()([^()]*)(\).*)$/i

function elementsOf(list: string): string[] {
  return significantTokens(list)
    .map(({ text }) => text)
    .filter((text) => text !== ',')
}

/** A reference to the primary key of its parent follows where that becomes another one. */
function followsKey(
  { kind, text }: Clause,
  table: Table,
  next: Table,
  before: Schema,
  after: Schema,
): boolean {
  if (kind !== 'foreign key') return false
  const keyOf = (schema: Schema, parent: string) =>
    schema.tables
      .get(foldName(parent))
      ?.primaryKey?.columns.map(({ column }) => foldName(column ?? ''))
      .join()
  const own = table.foreignKeys.find((key) => describeReference(key) === text)
  if (own === undefined || own.parentColumns.map(foldName).join() !== keyOf(before, own.parent)) return false
  return next.foreignKeys.some(
    (key) =>
      describeReference({ ...key, parentColumns: own.parentColumns }) === text &&
      key.parentColumns.map(foldName).join() === keyOf(after, key.parent),
  )
}

/** Parentheses that change nothing are no difference; those that do are shown by the golden schemas. */
function isSame(left: string, right: string): boolean {
  const plain = (text: string) => text.replaceAll(/[()]/g, ' ').replaceAll(/\s+/g, ' ')
  return left === right || plain(left) === plain(right)
}

/** The clauses that no pragma reports. */
const needsSql: ReadonlySet<ClauseKind> = new Set<ClauseKind>(['check', 'collation', 'generated', 'index'])

function replacementOf(clause: Clause, others: readonly Clause[]): string | null {
  const ofColumns = (other: Clause) => [...other.columns].sort().join() === [...clause.columns].sort().join()
  const candidates = others.filter(({ kind, index }) => kind === clause.kind && index === clause.index)
  const found = clause.index === null ? candidates.find(ofColumns) : candidates[0]
  const sameIndex = others.find(({ index }) => index !== null && index === clause.index)
  return (found ?? sameIndex)?.text ?? null
}

/** Every clause of a table, but for its options (STRICT, WITHOUT ROWID, AUTOINCREMENT) and the names of constraints. */
function clausesOf(table: Table): Clause[] {
  const clause = (
    kind: ClauseKind,
    text: string,
    columns: readonly string[],
    index: string | null = null,
  ) => ({
    kind,
    table: table.name,
    text,
    columns: columns.map(foldName),
    index,
  })
  const { primaryKey } = table
  return [
    ...table.columns.flatMap((column) =>
      columnClauses(column).map(([kind, text]) => clause(kind, text, [column.name])),
    ),
    ...(primaryKey === null
      ? []
      : [
          clause(
            'primary key',
            `PRIMARY KEY ${describeIndexColumns(primaryKey.columns, table)}${onConflict(primaryKey.conflict)}`,
            namesIn(primaryKey.columns),
          ),
        ]),
    ...table.indexes
      .filter(({ origin }) => origin !== 'PRIMARY KEY')
      .map((index) =>
        clause(
          index.unique ? 'unique' : 'index',
          describeKey(index, table),
          columnsOfIndex(index, table),
          index.origin === 'CREATE INDEX' ? index.name : null,
        ),
      ),
    ...table.foreignKeys.map((key) => clause('foreign key', describeReference(key), key.columns)),
    ...table.checks.map(({ expression }) =>
      clause('check', `CHECK (${expression})`, columnsIn(expression, table)),
    ),
  ]
}

function columnClauses(column: Column): (readonly [ClauseKind, string])[] {
  const { name, notNull, notNullConflict, collation, generated } = column
  const folded = foldName(name)
  const found: (readonly [ClauseKind, string])[] = []
  if (notNull) found.push(['not null', `${folded} NOT NULL${onConflict(notNullConflict)}`])
  if (column.default !== null) found.push(['default', `${folded} DEFAULT ${column.default}`])
  if (collation !== null && collation !== 'BINARY')
    found.push(['collation', `${folded} COLLATE ${collation}`])
  if (generated !== null)
    found.push(['generated', `${folded} AS (${generated.expression}) ${generated.storage}`])
  return found
}

/** A unique index is the same promise as a UNIQUE constraint over its columns. */
function describeKey(index: Index, table: Table): string {
  const where = index.where === null ? '' : ` WHERE ${index.where}`
  const name = index.unique ? 'UNIQUE' : `INDEX ${foldName(index.name)}`
  return `${name} ${describeIndexColumns(index.columns, table)}${where}${onConflict(index.conflict)}`
}

function columnsOfIndex({ columns, where }: Index, table: Table): string[] {
  const expressions = [...columns.map(({ expression }) => expression), where].filter((text) => text !== null)
  return [...namesIn(columns), ...expressions.flatMap((expression) => columnsIn(expression, table))]
}

function namesIn(columns: Index['columns']): string[] {
  return columns.flatMap(({ column }) => (column === null ? [] : [column]))
}

function describeReference(key: ForeignKey): string {
  const deferrable = key.deferrable === null ? '' : ` DEFERRABLE ${key.deferrable}`
  return `FOREIGN KEY ${describeColumns(key.columns)} ${describeForeignKey(key)}${deferrable}`
}

function onConflict(conflict: string | null): string {
  return conflict === null ? '' : ` ON CONFLICT ${conflict}`
}

/** The columns of a table that an expression names. */
function columnsIn(expression: string, { columns }: Table): string[] {
  const names = new Set(columns.map(({ name }) => foldName(name)))
  const words = significantTokens(expression)
    .filter(({ kind }) => kind !== 'string')
    .map((token) => foldName(unquote(token)))
  return [...new Set(words.filter((word) => names.has(word)))]
}

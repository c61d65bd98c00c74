import { foldName, foldUpper } from '../sql/names.ts'
import type { TokenReader } from '../sql/reader.ts'
import { readConflict, readDeferrable, readReference } from './clauses.ts'
import type { ColumnDefinition, KeyDefinition, TableDefinition } from './definition.ts'

/** The words that may start a clause behind a column's type. All but `generated` are reserved. */
const clauseWords = [
  'constraint',
  'primary',
  'not',
  'null',
  'unique',
  'check',
  'default',
  'collate',
  'references',
  'deferrable',
  'generated',
  'as',
] as const

/** What the clauses of one column are read into. */
interface Target {
  readonly table: TableDefinition
  readonly column: ColumnDefinition
  /** The column's folded name. */
  readonly columnName: string
  /** The name after CONSTRAINT, for the clause that follows. */
  readonly name: string | null
}

/**
 * Reads a column's definition: https://www.sqlite.org/syntax/column-def.html
 *
 * @throws {UnknownSyntaxError} when it holds a clause that is not known
 */
export function readColumn(reader: TokenReader, table: TableDefinition) {
  const columnName = foldName(reader.readName())
  const column: ColumnDefinition = {
    collation: 'BINARY',
    notNullConflict: null,
    generatedExpression: null,
    constraintNames: [],
  }
  table.columns.set(columnName, column)
  skipType(reader)
  let name: string | null = null
  while (!reader.isAtEnd) {
    if (reader.skipWords('constraint')) {
      name = reader.readName()
    } else {
      readClause(reader, { table, column, columnName, name })
      name = null
    }
  }
}

function skipType(reader: TokenReader) {
  while (!reader.isAtEnd && !clauseWords.some((word) => word === reader.nextWord)) {
    if (reader.nextIs('(')) reader.readEnclosed()
    else reader.readName()
  }
}

function readClause(reader: TokenReader, target: Target) {
  const { table, column, columnName, name } = target
  if (readDeferrable(reader, table.references.at(-1))) return
  if (reader.skipWords('primary', 'key')) {
    table.keys.push(readPrimaryKey(reader, columnName, name))
  } else if (reader.skipWords('unique')) {
    const conflict = readConflict(reader)
    table.keys.push({ name, columns: [columnName], isPrimary: false, autoincrement: false, conflict })
  } else if (reader.skipWords('check')) {
    table.checks.push({ name, expression: reader.readEnclosed() })
  } else if (reader.skipWords('references')) {
    table.references.push(readReference(reader, name))
  } else {
    const word = readPropertyClause(reader, column)
    if (name !== null) column.constraintNames.push(`${word.toUpperCase()}: ${foldName(name)}`)
  }
}

function readPrimaryKey(reader: TokenReader, columnName: string, name: string | null): KeyDefinition {
  // The order of a single column changes nothing that pragmas do not tell.
  if (reader.nextWord === 'asc' || reader.nextWord === 'desc') reader.readName()
  const conflict = readConflict(reader)
  const autoincrement = reader.skipWords('autoincrement')
  return { name, columns: [columnName], isPrimary: true, autoincrement, conflict }
}

/** A clause that tells something of the column alone. Whether it is NOT NULL, and its default, pragmas tell. */
function readPropertyClause(reader: TokenReader, column: ColumnDefinition): string {
  const word = reader.expectOneOf(['not', 'null', 'default', 'collate', 'generated', 'as'])
  if (word === 'default') skipDefault(reader)
  if (word === 'collate') column.collation = foldUpper(reader.readName())
  if (word === 'null') readConflict(reader)
  if (word === 'not') {
    reader.expectWords('null')
    column.notNullConflict = readConflict(reader)
    return 'not null'
  }
  if (word === 'generated') reader.expectWords('always', 'as')
  if (word === 'generated' || word === 'as') {
    column.generatedExpression = reader.readEnclosed()
    // VIRTUAL or STORED, which pragmas tell.
    if (reader.nextWord === 'virtual' || reader.nextWord === 'stored') reader.readName()
    return 'generated'
  }
  return word
}

/** In parentheses, or one value with a sign: https://www.sqlite.org/syntax/column-constraint.html */
function skipDefault(reader: TokenReader) {
  if (reader.nextIs('(')) {
    reader.readEnclosed()
    return
  }
  if (!reader.skipOperator('-')) reader.skipOperator('+')
  reader.readToken()
}

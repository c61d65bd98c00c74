import { foldName, foldUpper } from '../sql/names.ts'
import { splitAtCommas, TokenReader } from '../sql/reader.ts'
import { type Token, unquote } from '../sql/tokens.ts'
import type { ColumnDefinition, KeyDefinition, ReferenceDefinition, TableDefinition } from './definition.ts'
import type { Conflict } from './model.ts'

/** The words that can start a clause after the type of a column. All but `generated` are reserved. */
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

/** What the clauses of a column are read into. */
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
function readColumn(reader: TokenReader, table: TableDefinition) {
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
  // The order of a single column changes nothing that pragmas do not report.
  if (reader.nextWord === 'asc' || reader.nextWord === 'desc') reader.readName()
  const conflict = readConflict(reader)
  const autoincrement = reader.skipWords('autoincrement')
  return { name, columns: [columnName], isPrimary: true, autoincrement, conflict }
}

/** A clause about the column alone. NOT NULL and the default are read from pragmas. */
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
    // VIRTUAL or STORED, which pragmas report.
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

const conflicts = {
  rollback: 'ROLLBACK',
  abort: null,
  fail: 'FAIL',
  ignore: 'IGNORE',
  replace: 'REPLACE',
} as const satisfies Record<string, Conflict | null>

/** `ON CONFLICT REPLACE`. ABORT is the default, and is read like no clause. */
function readConflict(reader: TokenReader): Conflict | null {
  if (!reader.skipWords('on', 'conflict')) return null
  return conflicts[reader.expectOneOf(['rollback', 'abort', 'fail', 'ignore', 'replace'])]
}

/** What follows REFERENCES: the parent and its columns, which pragmas report, and the actions in any order. */
function readReference(reader: TokenReader, name: string | null): ReferenceDefinition {
  reader.readName()
  if (reader.nextIs('(')) reader.readEnclosed()
  let match: string | null = null
  while (reader.nextWord === 'on' || reader.nextWord === 'match') {
    if (reader.skipWords('match')) match = foldUpper(reader.readName())
    else skipAction(reader)
  }
  return { name, match, deferrable: null }
}

function skipAction(reader: TokenReader) {
  reader.expectWords('on')
  reader.expectOneOf(['delete', 'update', 'insert'])
  const action = reader.expectOneOf(['set', 'no', 'cascade', 'restrict'])
  if (action === 'set') reader.expectOneOf(['null', 'default'])
  if (action === 'no') reader.expectWords('action')
}

/** `[NOT] DEFERRABLE [INITIALLY …]` applies to the reference before it, even after other clauses. */
function readDeferrable(reader: TokenReader, reference: ReferenceDefinition | undefined): boolean {
  const isDenied = reader.skipWords('not', 'deferrable')
  if (!isDenied && !reader.skipWords('deferrable')) return false
  const isDeferred =
    reader.skipWords('initially') && reader.expectOneOf(['immediate', 'deferred']) === 'deferred'
  if (reference !== undefined && !isDenied) {
    reference.deferrable = isDeferred ? 'INITIALLY DEFERRED' : 'INITIALLY IMMEDIATE'
  }
  return true
}

const tableConstraints = ['constraint', 'primary', 'unique', 'check', 'foreign'] as const

/**
 * Reads a table's SQL from its first parenthesis on: https://www.sqlite.org/lang_createtable.html
 *
 * @throws {UnknownSyntaxError} when it holds a clause that is not known
 */
export function readTableDefinition(tokens: readonly Token[]): TableDefinition {
  const reader = new TokenReader(tokens)
  const definition: TableDefinition = {
    columns: new Map(),
    keys: [],
    checks: [],
    references: [],
  }
  for (const part of splitAtCommas(reader.readEnclosed())) readPart(new TokenReader(part), definition)
  skipOptions(reader)
  return definition
}

function readPart(reader: TokenReader, definition: TableDefinition) {
  if (tableConstraints.some((word) => word === reader.nextWord)) readTableConstraints(reader, definition)
  else readColumn(reader, definition)
}

/** SQLite does not require commas between them, and accepts a name without a constraint. */
function readTableConstraints(reader: TokenReader, definition: TableDefinition) {
  let name: string | null = null
  while (!reader.isAtEnd) {
    if (reader.skipWords('constraint')) {
      name = reader.readName()
    } else {
      readTableConstraint(reader, definition, name)
      name = null
    }
  }
}

function readTableConstraint(reader: TokenReader, definition: TableDefinition, name: string | null) {
  const word = reader.expectOneOf(['primary', 'unique', 'check', 'foreign'])
  if (word === 'primary' || word === 'foreign') reader.expectWords('key')
  const enclosed = reader.readEnclosed()
  if (word === 'foreign') {
    reader.expectWords('references')
    const reference = readReference(reader, name)
    definition.references.push(reference)
    readDeferrable(reader, reference)
    return
  }
  const conflict = readConflict(reader)
  if (word === 'check') definition.checks.push({ name, expression: enclosed })
  else definition.keys.push(readKey(enclosed, { name, isPrimary: word === 'primary', conflict }))
}

function readKey(
  enclosed: readonly Token[],
  key: Pick<KeyDefinition, 'name' | 'isPrimary' | 'conflict'>,
): KeyDefinition {
  const autoincrement = enclosed.some(
    ({ kind, text }) => kind === 'word' && foldName(text) === 'autoincrement',
  )
  const columns = splitAtCommas(enclosed).flatMap(([first]) => (first ? [foldName(unquote(first))] : []))
  return { ...key, columns, autoincrement }
}

function skipOptions(reader: TokenReader) {
  while (!reader.isAtEnd) {
    if (!reader.skipWords('strict')) reader.expectWords('without', 'rowid')
    reader.skipOperator(',')
  }
}

/** The words after the closing parenthesis of a table, in lower case: `strict`, `without`, `rowid`. */
export function readOptionWords(tokens: readonly Token[]): ReadonlySet<string> {
  let depth = 0
  const end = tokens.findIndex(({ text }) => {
    if (text === '(') depth += 1
    if (text === ')') depth -= 1
    return depth === 0
  })
  return new Set(tokens.slice(end + 1).map(({ text }) => foldName(text)))
}

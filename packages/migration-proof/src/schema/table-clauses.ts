import { foldName } from '../sql/names.ts'
import { splitAtCommas, TokenReader } from '../sql/reader.ts'
import { type Token, unquote } from '../sql/tokens.ts'
import { readConflict, readDeferrable, readReference } from './clauses.ts'
import { readColumn } from './column-clauses.ts'
import type { KeyDefinition, TableDefinition } from './definition.ts'

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

/** SQLite does not ask for commas between them, and lets a name stand without a constraint. */
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

/** The words behind the parenthesis that ends a table's columns, in lower case: `strict`, `without`, `rowid`. */
export function readOptionWords(tokens: readonly Token[]): ReadonlySet<string> {
  let depth = 0
  const end = tokens.findIndex(({ text }) => {
    if (text === '(') depth += 1
    if (text === ')') depth -= 1
    return depth === 0
  })
  return new Set(tokens.slice(end + 1).map(({ text }) => foldName(text)))
}

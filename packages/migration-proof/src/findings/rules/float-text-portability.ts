import type { SchemaObject } from '../../schema/model.ts'
import { foldName } from '../../sql/names.ts'
import { significantTokens, unquote } from '../../sql/tokens.ts'
import { ofMigration, type Rule } from '../finding.ts'
import type { FindingsSubject } from '../subject.ts'

export const floatTextPortability: Rule = {
  code: 'float-text-portability',
  severity: 'note',
  reason:
    'Engines format the same REAL as different text: keys, hashes and comparisons of such text are not portable.',
  fix: 'Compare and hash the number itself, or keep it as INTEGER in a smaller unit.',
  source: 'https://www.sqlite.org/floatingpoint.html',
  find: (subject) => {
    const columns = new Set(
      subject.tables.flatMap((table) =>
        table.columns.filter(({ type }) => /REAL|FLOA|DOUB/.test(type)).map(({ name }) => foldName(name)),
      ),
    )
    if (columns.size === 0) return []
    return textsOf(subject)
      .filter(({ sql }) => makesText(sql, columns))
      .map(({ sql: _, ...about }) => ({ ...about, evidence: [tryText(subject)] as const }))
  },
}

function textsOf({ trials, contracts, open }: FindingsSubject) {
  using copy = open()
  const stored = copy.connection
    .all('SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL')
    .map(({ type, name, sql }) => ({
      subject: { type: String(type) as SchemaObject['type'], name: String(name) },
      sql: String(sql),
    }))
  const changes = trials.flatMap(({ migration, statements }) =>
    statements
      .filter((sql) => /^\s*(insert|update|delete|select|with)/i.test(sql))
      .map((sql) => ({ ...ofMigration(migration.version), sql })),
  )
  return [
    ...stored,
    ...changes,
    ...contracts.map(({ name, sql }) => ({ subject: { type: 'contract', name } as const, sql })),
  ]
}

/** `CAST(real AS TEXT)`, or a real beside `||`. */
function makesText(sql: string, columns: ReadonlySet<string>): boolean {
  const tokens = significantTokens(sql)
  const isReal = (position: number) =>
    columns.has(foldName(unquote(tokens[position] ?? { kind: 'word', text: '' })))
  return tokens.some(({ text }, position) => {
    if (text === '||') return isReal(position - 1) || isReal(position + 1)
    const words = tokens.slice(position, position + 5).map((token) => foldName(token.text))
    return words[0] === 'cast' && isReal(position + 2) && words[3] === 'as' && words[4] === 'text'
  })
}

function tryText({ open, engineVersion }: FindingsSubject) {
  using copy = open()
  const [row] = copy.connection.all(
    'SELECT CAST(0.1 + 0.2 AS TEXT) AS text, CAST(CAST(0.1 + 0.2 AS TEXT) AS REAL) = 0.1 + 0.2 AS same',
  )
  const isSame = row?.same === 1n ? 'reads back as the same number' : 'reads back as another number'
  return {
    ran: `SELECT CAST(0.1 + 0.2 AS TEXT), on SQLite ${engineVersion}`,
    happened: `'${String(row?.text)}', which ${isSame}; SQLite promises no more than 15 digits`,
  }
}

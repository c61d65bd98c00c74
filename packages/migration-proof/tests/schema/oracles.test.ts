/**
 * Goal: what readSchema takes from the SQL of a table is what others take from it: the parser sql-parser-cst,
 * which shares no code with it, and SQLite itself, where it can be made to answer.
 */
import fc from 'fast-check'
import { cstVisitor, parse } from 'sql-parser-cst'
import { describe, expect, it } from 'vitest'
import type { Table } from '../../src/schema/model.ts'
import { readSchema } from '../../src/schema/read.ts'
import { foldName, foldUpper, quoteName } from '../../src/sql/names.ts'
import { normaliseSql } from '../../src/sql/normalise.ts'
import { anyTable, writeSql } from './arbitrary-table.ts'
import { schemaOf, withDatabase } from './schema-of.ts'

/** What pragmas hide of a table, each kind as a sorted list. */
interface Hidden {
  readonly checks: readonly string[]
  readonly names: readonly string[]
  readonly deferrable: readonly string[]
  readonly matches: readonly string[]
  readonly notNullConflicts: readonly string[]
}

/** The parser takes the NOT NULL behind a default for the operator, and fails at its ON CONFLICT. */
const misread = /\bdefault\b.*\bnot null on conflict\b/

describe('a table as sql-parser-cst reads it', () => {
  it('has the same checks, constraint names and clauses', () => {
    fc.assert(
      fc.property(anyTable, (pieces) => {
        // The parser refuses some bare names, so all are quoted here.
        const sql = writeSql(pieces, [1])
        fc.pre(!misread.test(normaliseSql(sql)))
        expect(hiddenByReading(childOf(sql))).toEqual(hiddenByParser(sql))
      }),
      { numRuns: 60 },
    )
  })
})

describe('a table as SQLite itself has it', () => {
  it('has the same collation in every column', () => {
    fc.assert(
      fc.property(anyTable, (pieces) => {
        withDatabase(writeSql(pieces), (connection) => {
          for (const { name, collation } of childIn(readSchema(connection)).columns) {
            connection.exec(`CREATE INDEX trial ON child(${quoteName(name)})`)
            const [column] = connection.all(`SELECT coll FROM pragma_index_xinfo('trial') WHERE key`)
            connection.exec('DROP INDEX trial')
            expect([name, collation]).toEqual([name, column?.coll])
          }
        })
      }),
      { numRuns: 60 },
    )
  })

  it.for(['', 'STRICT', 'WITHOUT ROWID', 'STRICT, WITHOUT ROWID', 'without rowid , strict'])(
    'has the options %j',
    (options) => {
      withDatabase(`CREATE TABLE child(strict INTEGER PRIMARY KEY, rowid TEXT) ${options}`, (connection) => {
        const { strict, withoutRowid } = childIn(readSchema(connection))
        const [listed] = connection.all(`SELECT strict, wr FROM pragma_table_list('child')`)
        expect([BigInt(strict), BigInt(withoutRowid)]).toEqual([listed?.strict, listed?.wr])
      })
    },
  )
})

function childOf(sql: string): Table {
  return childIn(schemaOf(sql))
}

function childIn({ tables }: ReturnType<typeof readSchema>): Table {
  const table = tables.get('child')
  if (table === undefined) throw new Error('The table child is not there.')
  return table
}

function hiddenByReading({ columns, checks, foreignKeys, primaryKey, indexes }: Table): Hidden {
  const named = [...checks, ...foreignKeys].flatMap(({ name }) => name ?? [])
  const ofKeys = [primaryKey, ...indexes].flatMap((key) => key?.constraintNames ?? [])
  const ofColumns = columns.flatMap(({ constraintNames }) =>
    constraintNames.map((name) => name.split(': ')[1] ?? ''),
  )
  return {
    checks: checks.map(({ expression }) => expression).sort(),
    names: foldAll([...named, ...ofKeys, ...ofColumns]),
    deferrable: foreignKeys.flatMap(({ deferrable }) => deferrable ?? []).sort(),
    matches: foreignKeys.flatMap(({ match }) => match ?? []).sort(),
    notNullConflicts: columns.flatMap(({ notNullConflict }) => notNullConflict ?? []).sort(),
  }
}

function hiddenByParser(sql: string): Hidden {
  const found = { checks: [''], names: [''], deferrable: [''], matches: [''], notNullConflicts: [''] }
  for (const list of Object.values(found)) list.pop()
  let notNullConflict = ''
  const textOf = ([start, end]: readonly [number, number] = [0, 0]) => sql.slice(start, end)
  cstVisitor({
    constraint_check: ({ expr }) => {
      found.checks.push(normaliseSql(textOf(expr.range)).slice(1, -1))
    },
    constraint_name: ({ name }) => {
      found.names.push(name?.name ?? '')
    },
    referential_match: ({ typeKw }) => {
      found.matches.push(typeKw.name)
    },
    constraint_not_null: ({ clauses: [clause] }) => {
      notNullConflict = clause?.resolutionKw.name ?? 'ABORT'
      if (notNullConflict !== 'ABORT') found.notNullConflicts.push(notNullConflict)
    },
    constraint: ({ modifiers }) => {
      const words = modifiers.map(({ range }) => foldUpper(normaliseSql(textOf(range))))
      if (words[0] === 'DEFERRABLE') found.deferrable.push(words[1] ?? 'INITIALLY IMMEDIATE')
    },
  })(parse(sql, { dialect: 'sqlite', includeRange: true }))
  return {
    checks: found.checks.sort(),
    names: foldAll(found.names),
    deferrable: found.deferrable.sort(),
    matches: found.matches.sort(),
    notNullConflicts: found.notNullConflicts.sort(),
  }
}

function foldAll(names: readonly string[]): string[] {
  return names.map(foldName).sort()
}

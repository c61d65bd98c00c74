// Goal: each operator injects the one fault that its name says, and nothing else.
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { betterSqliteConnection, definePlan, type Migration } from '../../src/index.ts'
import { operators } from '../../src/mutation/operators/index.ts'
import type { OperatorInput } from '../../src/mutation/operators/operator.ts'
import { parseHistory } from '../../src/mutation/syntax/history.ts'

const parent =
  "CREATE TABLE parent (id INTEGER PRIMARY KEY AUTOINCREMENT CHECK (id < 9), a TEXT NOT NULL DEFAULT 'x')"
const child = `CREATE TABLE child (
  b TEXT, c INTEGER DEFAULT 7, d TEXT DEFAULT (datetime('now')), PRIMARY KEY (b, c),
  FOREIGN KEY (c) REFERENCES parent (id) ON DELETE CASCADE)`
const index = 'CREATE INDEX child_c_b ON child (c DESC, b)'
const unique = 'CREATE UNIQUE INDEX parent_a ON parent (a) WHERE id > 0'

const plan = definePlan([migration(1, [parent]), migration(2, [child, index, unique])])

function migration(version: number, statements: readonly string[]): Migration {
  return {
    version,
    name: `version ${version}`,
    up: (connection) => {
      for (const statement of statements) connection.exec(statement)
    },
  }
}

/** What each mutant of an operator executes in the versions that it changes, white space evened out. */
function executedBy(name: string): string[] {
  const operator = operators.find((candidate) => candidate.name === name)
  const database = new Database(':memory:')
  const history = parseHistory(plan, betterSqliteConnection(database))
  database.close()
  const input: OperatorInput = {
    history,
    adoptsFiles: false,
    newerVersion: 'read',
    tablesAt: () => {
      throw new Error('An operator on statements needs no database')
    },
  }
  return [...(operator?.inject(input) ?? [])].map((injected) => {
    const changed = injected.plan.migrations.filter((one) => !plan.migrations.includes(one))
    return changed.flatMap(statementsOf).map(evenOut).join('; ')
  })
}

function statementsOf({ up }: Migration): string[] {
  const statements: string[] = []
  const note = (sql: string) => {
    statements.push(sql)
    return []
  }
  up({ exec: note, all: note })
  return statements
}

function evenOut(sql: string): string {
  return sql.replace(/\s+/g, ' ')
}

/** The second version with other texts in it. */
function second(...changes: readonly (readonly [from: string, to: string])[]): string {
  const text = [child, index, unique].map(evenOut).join('; ')
  return changes.reduce((result, [from, to]) => result.replace(from, to), text)
}

function first(from: string, to: string): string {
  return evenOut(parent.replace(from, to))
}

const cases: readonly (readonly [operator: string, expected: readonly string[]])[] = [
  [
    'column-type-changed',
    [
      first('INTEGER', 'TEXT'),
      first('a TEXT', 'a INTEGER'),
      second(['b TEXT', 'b INTEGER']),
      second(['c INTEGER', 'c TEXT']),
      second(['d TEXT', 'd INTEGER']),
    ],
  ],
  ['not-null-dropped', [first(' NOT NULL', ' ')]],
  [
    'default-dropped',
    [first("DEFAULT 'x'", ''), second(['DEFAULT 7', '']), second(["DEFAULT (datetime('now'))", ''])],
  ],
  [
    'default-changed',
    [
      first("'x'", "'x changed'"),
      second(['7', '8']),
      second(["datetime('now')", "datetime('now', '-1 day')"]),
    ],
  ],
  ['autoincrement-dropped', [first('AUTOINCREMENT', '')]],
  ['check-dropped', [first('CHECK (id < 9)', '')]],
  ['check-constant-changed', [first('9', '10')]],
  ['primary-key-swapped', [second(['KEY (b, c)', 'KEY (c, b)'])]],
  [
    'foreign-key-action',
    ['NO ACTION', 'RESTRICT', 'SET NULL', 'SET DEFAULT'].map((action) =>
      second(['ON DELETE CASCADE', ` ON DELETE ${action}`]),
    ),
  ],
  ['foreign-key-update-action', [second(['ON DELETE CASCADE', 'ON DELETE CASCADE ON UPDATE CASCADE'])]],
  [
    'foreign-key-deferred',
    [second(['ON DELETE CASCADE', 'ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED'])],
  ],
  ['foreign-key-dropped', [second([', FOREIGN KEY (c) REFERENCES parent (id) ON DELETE CASCADE', ''])]],
  ['index-dropped', [second([`; ${index}`, '']), second([`; ${unique}`, ''])]],
  [
    'index-renamed',
    [second(['child_c_b', '"child_c_b_renamed"']), second(['parent_a', '"parent_a_renamed"'])],
  ],
  ['index-column-dropped', [second(['(c DESC, b)', '(b)']), second(['(c DESC, b)', '(c DESC)'])]],
  ['index-columns-swapped', [second(['(c DESC, b)', '(b, c DESC)'])]],
  [
    'index-direction-changed',
    [
      second(['(c DESC, b)', '(c, b)']),
      second(['(c DESC, b)', '(c DESC, b DESC)']),
      second(['(a)', '(a DESC)']),
    ],
  ],
  [
    'index-uniqueness-changed',
    [second(['CREATE INDEX', 'CREATE UNIQUE INDEX']), second(['CREATE UNIQUE INDEX', 'CREATE INDEX'])],
  ],
  [
    'index-predicate-changed',
    [second(['b); ', 'b) WHERE "c" IS NOT NULL; ']), second([' WHERE id > 0', ' '])],
  ],
  ['strict-added', [`${evenOut(parent)} STRICT`, second(['CASCADE);', 'CASCADE) STRICT;'])]],
  ['without-rowid-added', [second(['CASCADE);', 'CASCADE) WITHOUT ROWID;'])]],
  ['table-dropped', ['', evenOut(unique)]],
  [
    'table-renamed',
    [
      first('parent', '"parent_renamed"'),
      second(['TABLE child', 'TABLE "child_renamed"'], ['ON child', 'ON "child_renamed"']),
    ],
  ],
  ['migration-emptied', ['', '']],
  ['migrations-swapped', [`${second()}; ${evenOut(parent)}`]],
]

describe.for(cases)('%s', ([name, expected]) => {
  it('injects its fault and no other', () => {
    expect(executedBy(name).map(tighten)).toEqual(expected.map(tighten))
  })
})

/** White space that an edit leaves behind says nothing. */
function tighten(sql: string): string {
  return sql
    .replace(/\s+/g, ' ')
    .replace(/ (?=[,);])|(?<=\() /g, '')
    .replace(/; /g, ';')
    .trim()
}

describe('column-renamed', () => {
  it('renames the column in constraints and indexes of its table, and not in the parent', () => {
    expect(executedBy('column-renamed').map(tighten)).toContain(
      tighten(
        second(
          ['c INTEGER', '"c_renamed" INTEGER'],
          ['KEY (b, c)', 'KEY (b, "c_renamed")'],
          ['KEY (c)', 'KEY ("c_renamed")'],
          ['(c DESC', '("c_renamed" DESC'],
        ),
      ),
    )
  })
})

describe('column-dropped', () => {
  it('drops what needs the column too', () => {
    expect(executedBy('column-dropped').map(tighten)).toContain(
      tighten(`CREATE TABLE child (b TEXT, d TEXT DEFAULT (datetime('now'))); ${unique}`),
    )
  })
})

describe('the operators', () => {
  it('have names that differ', () => {
    const names = operators.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
  })
})

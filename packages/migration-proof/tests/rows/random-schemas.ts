import fc from 'fast-check'
import { expect } from 'vitest'
import { arbitrariesOf, type TableRow } from '../../src/behaviour/index.ts'
import { betterSqliteConnection, openMemory } from '../../src/engines/better-sqlite3.ts'
import type { Constraint } from '../../src/rows/constraints.ts'
import { RowGenerator } from '../../src/rows/generate.ts'
import type { Row } from '../../src/rows/search.ts'
import { readSchema } from '../../src/schema/read.ts'
import type { Connection } from '../../src/sql/connection.ts'

/** A constraint of a random table, and how the generator's own description of it is recognised. */
interface Clause {
  readonly kind: Constraint['kind']
  readonly columns: readonly string[]
  /** Text of a table constraint; empty for NOT NULL, which is text of its column. */
  readonly sql: string
}

interface RandomTable {
  readonly name: string
  readonly columns: readonly { readonly name: string; readonly type: string }[]
  readonly clauses: readonly Clause[]
}

const checksOfType: Readonly<Record<string, readonly string[]>> = {
  INTEGER: [
    '# BETWEEN 5 AND 90',
    '# > 7',
    '# IN (3, 5, 9)',
    '# % 4 = 1',
    'abs(#) <= 12',
    '# = 0 OR # >= 100',
  ],
  TEXT: [
    'length(#) = 12',
    `# GLOB '[A-Z][a-z]*[0-9]'`,
    `# IN ('on', 'off', 'it''s')`,
    `# LIKE 'x_%'`,
    'lower(#) = #',
    `# <> '' AND # NOT LIKE '%!%'`,
    `json_valid(#) AND json_type(#) = 'object'`,
    'date(#) = #',
    `substr(#, 1, 3) = 'id:'`,
  ],
  REAL: ['# >= 0 AND # < 1.5', '# * 2 > 9', 'NOT # BETWEEN -1 AND 1'],
  BLOB: ['length(#) = 16', `typeof(#) = 'blob'`],
}

const column = fc.record({
  type: fc.constantFrom('INTEGER', 'TEXT', 'REAL', 'BLOB'),
  isRequired: fc.boolean(),
  check: fc.option(fc.nat(), { nil: null }),
})

const table = fc.record({
  columns: fc.array(column, { minLength: 1, maxLength: 5 }),
  key: fc.constantFrom('none', 'first', 'two'),
  unique: fc.option(fc.tuple(fc.nat(), fc.nat()), { nil: null }),
  compare: fc.option(fc.tuple(fc.nat(), fc.nat()), { nil: null }),
  reference: fc.option(fc.tuple(fc.nat(), fc.nat()), { nil: null }),
  together: fc.option(fc.nat(), { nil: null }),
})

/** Conditions over two or more columns that may be NULL, of which several must change together. */
const checksOfSeveral: readonly ((names: readonly string[]) => string)[] = [
  (names) => `${names.map((name) => `(${name} IS NOT NULL)`).join(' + ')} = 1`,
  (names) => `${names.map((name) => `CASE WHEN ${name} IS NULL THEN 0 ELSE 1 END`).join(' + ')} >= 2`,
  (names) => `${names.map((name) => `(${name} IS NULL)`).join(' + ')} IN (0, ${names.length})`,
  ([first, second]) => `(${first} IS NULL) <> (${second} IS NULL)`,
  ([first, second]) => `${first} IS NULL OR ${second} IS NOT NULL`,
  (names) => `coalesce(${names.join(', ')}) IS NOT NULL`,
]

/** Up to three tables, each with keys, references to those before it, and CHECKs. */
const schemas = fc.array(table, { minLength: 1, maxLength: 3 }).map((drawn) => {
  const tables: RandomTable[] = []
  for (const [
    number,
    { columns: drawnColumns, key, unique, compare, reference, together },
  ] of drawn.entries()) {
    const columns: { name: string; type: string }[] = drawnColumns.map(({ type }, position) => ({
      name: `c${position}`,
      type,
    }))
    const clauses: Clause[] = []
    const free = new Set(columns.map(({ name }) => name))
    for (const [position, { type, isRequired, check }] of drawnColumns.entries()) {
      const name = `c${position}`
      const texts = checksOfType[type] ?? []
      if (isRequired) clauses.push({ kind: 'not-null', columns: [name], sql: '' })
      if (check === null) continue
      free.delete(name)
      const text = (texts[check % texts.length] ?? '').replaceAll('#', name)
      clauses.push({ kind: 'check', columns: [name], sql: `CHECK (${text})` })
    }
    const at = (index: number) => columns[index % columns.length]?.name ?? 'c0'
    const keyed = key === 'two' && columns.length > 1 ? ['c0', 'c1'] : ['c0']
    if (key !== 'none')
      clauses.push({ kind: 'unique', columns: keyed, sql: `PRIMARY KEY (${keyed.join(', ')})` })
    if (unique !== null) {
      const names = [...new Set([at(unique[0]), at(unique[1])])]
      const isSame = key !== 'none' && names.toSorted().join() === keyed.join()
      if (!isSame) clauses.push({ kind: 'unique', columns: names, sql: `UNIQUE (${names.join(', ')})` })
    }
    const [parent] = reference === null ? [] : tables.slice(reference[0] % Math.max(tables.length, 1))
    const target = parent?.clauses.find(({ sql }) => sql.startsWith('PRIMARY KEY (c0)'))
    const from = reference === null ? '' : at(reference[1])
    if (parent !== undefined && target !== undefined && free.has(from)) {
      free.delete(from)
      const sql = `FOREIGN KEY (${from}) REFERENCES ${parent.name} (c0)`
      const own = columns.findIndex(({ name }) => name === from)
      const [first] = parent.columns
      if (first !== undefined) columns[own] = { name: from, type: first.type }
      clauses.push({ kind: 'foreign-key', columns: [from], sql })
    }
    const numbers = columns.filter(({ name, type }) => free.has(name) && /INTEGER|REAL/.test(type))
    if (compare !== null && numbers.length > 1) {
      const [low, high] = [numbers[0]?.name ?? '', numbers[1]?.name ?? '']
      const relation = ['<', '<=', '<>', '='][compare[0] % 4]
      clauses.push({ kind: 'check', columns: [low, high], sql: `CHECK (${low} ${relation} ${high})` })
    }
    const nullable = drawnColumns
      .map(({ isRequired }, position) => ({ isRequired, name: `c${position}` }))
      .filter(
        ({ isRequired, name }) => !isRequired && free.has(name) && !(key !== 'none' && keyed.includes(name)),
      )
      .map(({ name }) => name)
    if (together !== null && compare === null && nullable.length > 1) {
      const text = checksOfSeveral[together % checksOfSeveral.length]?.(nullable) ?? ''
      const named = nullable.filter((name) => text.includes(name))
      clauses.push({ kind: 'check', columns: named, sql: `CHECK (${text})` })
    }
    tables.push({ name: `t${number}`, columns, clauses })
  }
  return tables
})

function ddlOf(tables: readonly RandomTable[], without?: Clause): string {
  return tables
    .map(({ name, columns, clauses }) => {
      const kept = clauses.filter((clause) => clause !== without)
      const isRequired = (column: string) =>
        kept.some(({ kind, columns: own }) => kind === 'not-null' && own[0] === column)
      const definitions = columns.map(
        (one) => `${one.name} ${one.type}${isRequired(one.name) ? ' NOT NULL' : ''}`,
      )
      const constraints = kept.map(({ sql }) => sql).filter((sql) => sql !== '')
      return `CREATE TABLE ${name} (${[...definitions, ...constraints].join(', ')});`
    })
    .join('\n')
}

function open(ddl: string): Connection {
  const connection = betterSqliteConnection(openMemory())
  connection.exec('PRAGMA foreign_keys = ON')
  connection.exec(ddl)
  return connection
}

function insert(connection: Connection, table: string, row: Row): string {
  const names = [...row.keys()].join(', ')
  const marks = [...row.keys()].map(() => '?').join(', ')
  try {
    connection.all(`INSERT INTO ${table} (${names}) VALUES (${marks})`, [...row.values()])
    return 'accepted'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}

function clauseOf({ clauses }: RandomTable, { kind, columns, label }: Constraint): Clause | undefined {
  const same = clauses.filter((clause) => clause.kind === kind && clause.columns.join() === columns.join())
  if (kind !== 'unique') return same[0]
  return same.find(({ sql }) => label.startsWith(sql.slice(0, 6)))
}

/** How many schemas are drawn, and from which seed on. */
export interface Draw {
  readonly seed: number
  readonly numRuns: number
}

/** Every row that is found is accepted, or refused by the constraint that it names and by nothing else. */
export function checkFoundRows(draw: Draw): void {
  fc.assert(
    fc.property(schemas, (tables) => {
      const connection = open(ddlOf(tables))
      const generator = new RowGenerator(connection)
      try {
        const accepted = tables.map(({ name }) => [name, generator.cover(name)] as const)
        for (const [name, rows] of accepted) {
          expect(rows.length, `${generator.problemOf(name)}`).toBeGreaterThan(0)
        }
        for (const { table: name, refused, unbroken } of generator.refuse(tables.map((one) => one.name))) {
          const unexplained = unbroken.filter(({ reason }) => reason === null)
          expect(unexplained.map(({ constraint }) => constraint.label)).toEqual([])
          for (const { row, constraint, code, beside } of refused) {
            const most = { none: 0, first: 1, all: Number.POSITIVE_INFINITY, 'empty database': 0 }[beside]
            const present = copyOf(connection, tables).map(
              ([other, rows]) =>
                [other, other === name || beside === 'empty database' ? rows.slice(0, most) : rows] as const,
            )
            expectRefused(tables, present, { table: name, row, constraint, code })
          }
        }
      } finally {
        generator.close()
        connection.close()
      }
    }),
    draw,
  )
}

/** The same for rows that are drawn. */
export function checkDrawnRows(draw: Draw): void {
  fc.assert(
    fc.property(schemas, fc.nat(), (tables, seed) => {
      const connection = open(ddlOf(tables))
      const generator = new RowGenerator(connection)
      try {
        const arbitraries = arbitrariesOf(readSchema(connection))
        expect([...arbitraries.keys()].sort()).toEqual(tables.map(({ name }) => name))
        for (const [name, { valid, invalid }] of arbitraries) {
          for (const rows of fc.sample(valid, { seed, numRuns: 4 })) {
            const database = open(ddlOf(tables))
            expect(rows.map(({ table, row }) => insert(database, table, rowOf(row)))).toEqual(
              rows.map(() => 'accepted'),
            )
            database.close()
          }
          const refused = invalid === null ? [] : fc.sample(invalid, { seed, numRuns: 4 })
          for (const { before, row, constraint: label, code } of refused) {
            const constraint = generator.prepare(name).find((one) => one.label === label)
            if (constraint === undefined) throw new Error(`${name} has no constraint ${label}`)
            const present = before.map(({ table, row: other }) => [table, [rowOf(other)]] as const)
            expectRefused(tables, present, { table: name, row: rowOf(row), constraint, code })
          }
        }
      } finally {
        generator.close()
        connection.close()
      }
    }),
    draw,
  )
}

/** That a table refuses a row with a code, and accepts it without the constraint. */
function expectRefused(
  tables: readonly RandomTable[],
  present: ReturnType<typeof copyOf>,
  {
    table,
    row,
    constraint,
    code,
  }: { readonly table: string; readonly row: Row; readonly constraint: Constraint; readonly code: string },
): void {
  const random = tables.find(({ name }) => name === table)
  if (random === undefined) throw new Error(`There is no table ${table}`)
  const strict = openWith(ddlOf(tables), present)
  expect(insert(strict, table, row), constraint.label).toBe(code)
  strict.close()
  const clause = clauseOf(random, constraint)
  if (clause === undefined) {
    expect(constraint.kind).toBe('type')
    return
  }
  const looser = openWith(ddlOf(tables, clause), present)
  expect(insert(looser, table, row), constraint.label).toBe('accepted')
  looser.close()
}

function rowOf(row: TableRow['row']): Row {
  return new Map(Object.entries(row))
}

function openWith(ddl: string, tables: ReturnType<typeof copyOf>): Connection {
  const connection = open(ddl)
  for (const [name, rows] of tables) for (const row of rows) insert(connection, name, row)
  return connection
}

/** The rows of every table, parents first. */
function copyOf(
  connection: Connection,
  tables: readonly RandomTable[],
): readonly (readonly [string, readonly Row[]])[] {
  return tables.map(({ name }) => [
    name,
    connection.all(`SELECT * FROM ${name}`).map((row) => new Map(Object.entries(row))),
  ])
}

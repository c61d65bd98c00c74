// Goal: the oracles agree with each other before they judge an upgrade: golden schema and facts of each version.
import { readFileSync } from 'node:fs'
import path from 'node:path'
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { betterSqliteConnection, compareWithFacts } from '../../src/harness/index.ts'
import { migrations } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'

/** Tables and indexes of each version, schema_version included, as the specification counts them. */
const totals: Readonly<Record<number, readonly [number, number]>> = {
  1: [6, 7],
  2: [7, 7],
  3: [7, 8],
  4: [8, 9],
  5: [9, 9],
  6: [17, 22],
}

describe.for(migrations)('the golden schema of v$version', ({ version }) => {
  function openGolden() {
    const ddl = readFileSync(path.join(suite.fixtures, 'schemas', `v${version}.sql`), 'utf8')
    const connection = betterSqliteConnection(new Database(':memory:'))
    connection.exec(ddl)
    return connection
  }

  it('holds what the facts say, and nothing else', () => {
    expect(compareWithFacts(openGolden(), suite.facts, version)).toEqual([])
  })

  it('has as many tables and indexes as the specification counts', () => {
    const count = (type: string) =>
      openGolden().all(`SELECT name FROM sqlite_schema WHERE type = ? AND name NOT LIKE 'sqlite%'`, [type])
        .length
    expect([count('table'), count('index')]).toEqual(totals[version])
  })
})

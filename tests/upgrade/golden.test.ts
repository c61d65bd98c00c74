// Goal: the oracles agree with each other before they judge an upgrade: golden schema and facts of each version.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { betterSqliteConnection } from 'migration-proof'
import { describeUpgrades } from 'migration-proof/vitest'
import { describe, expect, it } from 'vitest'
import suite from '../../src/suite/index.ts'

/** Tables and indexes of v1 to v6, schema_version included, as the specification counts them. */
const totals = [
  { version: 1, tables: 6, indexes: 7 },
  { version: 2, tables: 7, indexes: 7 },
  { version: 3, tables: 7, indexes: 8 },
  { version: 4, tables: 8, indexes: 9 },
  { version: 5, tables: 9, indexes: 9 },
  { version: 6, tables: 17, indexes: 22 },
]

function openGolden(version: number) {
  const ddl = readFileSync(join(suite.fixtures, 'schemas', `v${version}.sql`), 'utf8')
  const connection = betterSqliteConnection(new Database(':memory:'))
  connection.exec(ddl)
  return connection
}

describeUpgrades(suite, { parts: ['declarations'] })

describe.for(totals)('the golden schema of v$version', ({ version, tables, indexes }) => {
  it('has as many tables and indexes as the specification counts', () => {
    const golden = openGolden(version)
    const count = (type: string) =>
      golden.all(`SELECT name FROM sqlite_schema WHERE type = ? AND name NOT LIKE 'sqlite%'`, [type]).length
    expect({ tables: count('table'), indexes: count('index') }).toEqual({ tables, indexes })
  })
})

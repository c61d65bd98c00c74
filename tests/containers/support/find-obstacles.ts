import { type Connection, definePlan, factsAt, migrate, type TableFacts } from 'migration-proof'
import { migrations } from '../../../src/migrations/index.ts'
import suite from '../../../src/suite/index.ts'
import type { TestedEngine } from './engines.ts'

/** For each version in order, why its migration does not work on an engine; null where it does. */
export function findObstacles(engine: TestedEngine): (string | null)[] {
  using file = engine.open(new Uint8Array())
  const { connection } = file
  return migrations.map(({ version }) => {
    try {
      migrate(connection, definePlan(migrations), { target: version })
    } catch (error) {
      return `it does not apply: ${messageOf(error)}`
    }
    return findRefusal(connection, version)
  })
}

/** Tries the tables that a version made, and takes the rows back. */
function findRefusal(connection: Connection, version: number): string | null {
  const made = factsAt(suite.facts, version).tables.filter(({ since }) => since === version)
  connection.exec('PRAGMA foreign_keys = OFF; BEGIN')
  try {
    return made.map((table) => insertLeast(connection, table)).find((refusal) => refusal !== null) ?? null
  } finally {
    connection.exec('ROLLBACK')
  }
}

/** Inserts a row that leaves out every column that may be left out. */
function insertLeast(connection: Connection, { name, columns }: TableFacts): string | null {
  const required = columns.filter(({ notNull, default: byDefault }) => notNull && byDefault === undefined)
  const names = required.map((column) => quoteName(column.name)).join(', ')
  const values = required.map(({ type }) => (type === 'INTEGER' ? '1' : `'a'`)).join(', ')
  const row = required.length === 0 ? 'DEFAULT VALUES' : `(${names}) VALUES (${values})`
  try {
    connection.exec(`INSERT INTO ${quoteName(name)} ${row}`)
    return null
  } catch (error) {
    return `it applies, but an \`INSERT\` into \`${name}\` fails: ${messageOf(error)}`
  }
}

/** An engine's message, without the number that some append. */
function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/ \(\d+\)$/, '') : String(error)
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

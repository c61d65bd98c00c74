import { betterSqliteConnection, openMemory } from '../engines/better-sqlite3.ts'
import type { FixtureSuite, GoldenName, SnapshotDeclaration } from './declaration.ts'
import { draftRows } from './draft-rows.ts'
import { draftSchema } from './draft-schema.ts'
import { FixtureError } from './errors.ts'
import { readFixtureText } from './fixture-text.ts'

/**
 * The draft of a golden schema that is missing.
 *
 * @throws {FixtureError} when no migration leaves this form behind: a person writes it then
 */
export function draftGolden(
  { plan, fixtures }: FixtureSuite,
  { name, version, versioned }: GoldenName,
): string {
  if (!versioned) throw byHand(`schemas/${name}`)
  const memory = betterSqliteConnection(openMemory())
  try {
    return draftSchema(plan, version, memory, readFixtureText(fixtures, 'schemas', `v${version - 1}`))
  } finally {
    memory.close()
  }
}

/**
 * The draft of the rows of a snapshot that has none.
 *
 * @throws {FixtureError} when no migration leaves this form behind, or a table takes no row: a person writes
 * them then
 */
export function draftRowsOf(suite: FixtureSuite, declaration: SnapshotDeclaration): string {
  if (declaration.form !== 'versioned') throw byHand(`rows/${declaration.name}`)
  return draftRows(suite, declaration)
}

function byHand(fixture: string): FixtureError {
  return new FixtureError(fixture, {
    expected: `the file ${fixture}.sql`,
    actual: 'none',
    remedy: 'write it by hand: no migration leaves this form behind',
  })
}

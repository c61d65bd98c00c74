import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { renderProblems } from '../cli/output/problem.ts'
import { DiagnosedError } from '../errors.ts'
import { sideOf } from './failure.ts'
import type { Outcome } from './model.ts'

/** A database that a test holds: an open one of better-sqlite3, Bun or Node, or its bytes. */
export type TestDatabase = { serialize(): Uint8Array } | { exec(sql: string): unknown } | Uint8Array

/** What a matcher asks. */
export interface MatchRequest {
  readonly database: Uint8Array
  /** The version whose golden schema it must have; null for the latest. */
  readonly version?: number | null
  /** The database from before, whose rows must all be there. */
  readonly before?: Uint8Array
}

/** What a matcher returns to `expect`. */
export interface MatchResult {
  readonly pass: boolean
  readonly message: () => string
  readonly expected?: unknown
  readonly actual?: unknown
}

/** Matchers of a config, for `expect.extend`. */
export interface UpgradeMatchers {
  /** The database has the golden schema of a version, by default of the latest, and nothing else. */
  toMatchGoldenSchema(database: unknown, version?: number): MatchResult
  /** The database has every row and value of one from before; what `dataChanges` declare may differ. */
  toKeepRows(database: unknown, before: unknown): MatchResult
  readonly [name: string]: (database: unknown, given?: never) => MatchResult
}

/** The matchers that prove in a given way. */
export function matchersOf(prove: (request: MatchRequest) => Outcome): UpgradeMatchers {
  return {
    toMatchGoldenSchema: (database: unknown, version?: number) =>
      resultOf(
        prove({ database: bytesOf(database), version: version ?? null }),
        'a database that has not this golden schema',
      ),
    toKeepRows: (database: unknown, before: unknown) =>
      resultOf(
        prove({ database: bytesOf(database), before: bytesOf(before) }),
        'a database that lacks rows of the one before',
      ),
  }
}

function resultOf({ problems }: Outcome, otherwise: string): MatchResult {
  if (problems.length === 0) return { pass: true, message: () => `expected ${otherwise}` }
  return {
    pass: false,
    message: () => renderProblems(problems, (_, text) => text, null),
    expected: sideOf(problems, ({ expected }) => expected),
    actual: sideOf(problems, ({ actual }) => actual),
  }
}

/** The bytes of a database that may be open: no file is read that SQLite has open in this process. */
export function bytesOf(database: unknown): Uint8Array {
  if (database instanceof Uint8Array) return database
  if (has(database, 'serialize')) return database.serialize() as Uint8Array
  if (has(database, 'exec')) return vacuumed(database)
  throw new DiagnosedError({
    where: 'expect(database)',
    expected: 'an open database of better-sqlite3, node:sqlite or bun:sqlite, or the bytes of one',
    actual: database === null ? 'null' : `a value of type ${typeof database}`,
    fix: 'pass the database itself',
  })
}

function has<Name extends string>(
  value: unknown,
  name: Name,
): value is Readonly<Record<Name, (...given: unknown[]) => unknown>> {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, name) === 'function'
}

/** The driver of Node has no other way to the bytes: https://www.sqlite.org/lang_vacuum.html#vacuum_with_an_into_clause */
function vacuumed(database: { exec(sql: string): unknown }): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), 'migration-proof-'))
  try {
    const file = join(folder, 'database.db')
    database.exec(`VACUUM INTO '${file.replaceAll("'", "''")}'`)
    return readFileSync(file)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

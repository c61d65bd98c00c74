import { readUserContent } from '../checks/check.ts'
import { betterSqliteConnection, openImage } from '../engines/better-sqlite3.ts'
import type { EngineFile } from '../engines/engine.ts'
import { BatchError } from '../engines/engine-process.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import { readViolations } from '../migrator/run-migration.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { significantTokens, unquote } from '../sql/tokens.ts'
import type { Batch, BatchStatement } from './batches.ts'
import { findLostRows, type LostRows } from './lost-rows.ts'
import { runAsMeant, saferStatements } from './safe-rebuild.ts'

/** What an upgrade in batches did. */
export interface BatchUpgrade {
  readonly lost: readonly LostRows[]
  /** The batch that the engine refused, which was the last one. */
  readonly refused: { readonly statement: BatchStatement | null; readonly error: BatchError } | null
  /** By the version, the statements of a migration that keep what its own lose; null where no form was proven. */
  readonly safer: ReadonlyMap<number, readonly string[] | null>
}

interface Given {
  readonly plan: MigrationPlan
  /** The bytes of the database before the upgrade. */
  readonly bytes: Uint8Array
  readonly open: (bytes: Uint8Array) => EngineFile
}

/**
 * Runs the batches of an upgrade on a file. One that rebuilds a table to which others refer is run once more beside it, with the
 * rows that the database is meant to have then, to find what it loses; and so is a form of it that may keep them.
 */
export function upgradeInBatches(file: EngineFile, batches: readonly Batch[], given: Given): BatchUpgrade {
  const lost: LostRows[] = []
  const safer = new Map<number, readonly string[] | null>()
  let before = given.bytes
  for (const batch of batches) {
    const refused = runBatch(file, batch)
    const found = refused === null ? (attempt(() => findLostRows(before, batch, given.open)) ?? []) : []
    lost.push(...found)
    const causes = [
      ...found.map(({ statement }) => statement),
      refused !== null && isOfForeignKey(refused.error) ? refused.statement : null,
    ]
    const versions = new Set(causes.flatMap((cause) => cause?.version ?? []))
    if (versions.size > 0 && batch.isTransaction) {
      const proven = attempt(() => findSafer(before, batch, given))
      for (const version of versions)
        safer.set(version, proven === null ? null : ownStatements(proven, version, given.plan))
    }
    if (refused !== null) return { lost, refused, safer }
    before = withImage(before, (connection, save) => {
      runAsMeant(connection, sqlOf(batch.statements))
      return save()
    })
  }
  return { lost, refused: null, safer }
}

/** RESTRICT has the code of a trigger: https://www.sqlite.org/rescode.html#constraint_trigger */
function isOfForeignKey({ code }: BatchError): boolean {
  return code === 'SQLITE_CONSTRAINT_FOREIGNKEY' || code === 'SQLITE_CONSTRAINT_TRIGGER'
}

function runBatch(file: EngineFile, { statements, isTransaction }: Batch): BatchUpgrade['refused'] {
  try {
    file.runBatch?.(sqlOf(statements), isTransaction)
    return null
  } catch (error) {
    if (!(error instanceof BatchError)) throw error
    // What only the end of a transaction finds, any of its statements can have caused.
    const last = statements.findLast(({ version }) => version !== null) ?? null
    const statement = error.index === null ? null : (statements[error.index] ?? null)
    return { statement: statement ?? (last === null ? null : { ...last, sql: 'COMMIT' }), error }
  }
}

/** Null where an engine refuses a statement: of what it refuses, nothing can be said. */
function attempt<Result>(work: () => Result): Result | null {
  try {
    return work()
  } catch (error) {
    if (error instanceof Error && 'code' in error && /^SQLITE_/.test(String(error.code))) return null
    throw error
  }
}

/** A form that is proven to leave what the batch is meant to leave. */
function findSafer(
  before: Uint8Array,
  { statements }: Batch,
  { plan, open }: Given,
): readonly BatchStatement[] | null {
  const [candidate, expected] = withImage(before, (connection) => [
    saferStatements(connection, statements),
    describe(connection, plan),
  ])
  if (candidate === null) return null
  using file = open(before)
  file.runBatch?.(sqlOf(candidate), true)
  const actual = withImage(file.save(), (connection) => describe(connection, plan))
  return actual === expected ? candidate : null
}

function describe(connection: Connection, plan: MigrationPlan): string {
  return JSON.stringify([readUserContent(connection, plan).contentHash, readViolations(connection)])
}

function withImage<Result>(
  bytes: Uint8Array,
  work: (connection: Connection, save: () => Uint8Array) => Result,
): Result {
  const database = openImage(Buffer.from(bytes))
  try {
    return work(betterSqliteConnection(database), () => database.serialize())
  } finally {
    database.close()
  }
}

/** Those of the migration itself, without the note that its tool makes. */
function ownStatements(
  statements: readonly BatchStatement[],
  version: number,
  plan: MigrationPlan,
): string[] {
  const notes = plan.versions.tables.map(foldName)
  const isNote = (sql: string) =>
    significantTokens(sql)
      .slice(0, 8)
      .some((token) => notes.includes(foldName(unquote(token))))
  return sqlOf(statements.filter((each) => each.version === version)).filter((sql) => !isNote(sql))
}

function sqlOf(statements: readonly BatchStatement[]): string[] {
  return statements.map(({ sql }) => sql)
}

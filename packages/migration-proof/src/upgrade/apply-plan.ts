import type { FileSubject } from '../checks/subject.ts'
import { countViolations } from '../checks/violations.ts'
import { betterSqliteConnection, type Database } from '../engines/better-sqlite3.ts'
import { type MigrateOptions, migrate } from '../migrator/migrate.ts'
import type { Migration } from '../migrator/migration.ts'
import { readGoldenSchema } from '../proof/golden.ts'
import type { Connection } from '../sql/connection.ts'
import { type Backup, confirmBackup } from './backup.ts'
import { explainCancellation, refuseCancelled } from './cancellation.ts'
import type { DatabaseSize } from './journal-pages.ts'
import type { Observer, ProofResult } from './model.ts'
import { type Original, openOriginal } from './original.ts'
import { proveUpgrade } from './prove-upgrade.ts'
import type { UpgradeRequest } from './request.ts'
import { readPragma } from './survey.ts'
import { readTouched } from './touched-rows.ts'
import { readEntries } from './touched-tables.ts'
import { withCleanUp } from './with-clean-up.ts'

/** What was done in the transaction. */
export interface Applied {
  readonly versions: readonly number[]
  readonly proofs: readonly ProofResult[]
  readonly migrationMilliseconds: number
  readonly proofMilliseconds: number
}

/**
 * Runs every pending migration and every proof in one transaction.
 *
 * @param beforeCommit called after the proofs; what it throws undoes all
 */
export function applyPlan(
  database: Database.Database,
  request: UpgradeRequest,
  backup: Backup | null,
  { observer, beforeCommit }: { readonly observer: Observer; readonly beforeCommit: () => void },
): Applied {
  const { path } = request
  const connection = betterSqliteConnection(database)
  const sizeBefore = readSize(connection)
  const original = openOriginal(connection, path, backup?.path ?? null, sizeBefore)
  const prove = prepareProofs(connection, request, { original, sizeBefore }, observer)
  const proveAndConfirm = () => {
    const proofs = prove()
    if (backup !== null) confirmBackup(backup, 'unchanged')
    beforeCommit()
    return proofs
  }
  return withCleanUp(
    () => migrateAndProve(connection, request, proveAndConfirm, observer),
    () => original[Symbol.dispose](),
  )
}

function migrateAndProve(
  connection: Connection,
  { suite, path }: UpgradeRequest,
  prove: () => readonly ProofResult[],
  observer: Observer,
): Applied {
  const start = performance.now()
  let proofs: readonly ProofResult[] = []
  let proofMilliseconds = 0
  const beforeCommit = () => {
    const proofStart = performance.now()
    proofs = prove()
    proofMilliseconds = performance.now() - proofStart
    observer.tell({ step: 'commit' })
  }
  const { applied } = explainCancellation(path, observer, () =>
    migrate(connection, suite.plan, {
      transaction: 'all',
      beforeStatement: watchStatements(path, suite.plan.migrations, observer),
      beforeCommit,
    }),
  )
  const totalMilliseconds = performance.now() - start
  observer.tell({ step: 'committed' })
  return {
    versions: applied,
    proofs,
    proofMilliseconds,
    migrationMilliseconds: totalMilliseconds - proofMilliseconds,
  }
}

/** Reads what the checks must know of the database before it changes. */
function prepareProofs(
  connection: Connection,
  { suite, path, survey, rowsMethod: method }: UpgradeRequest,
  { original, sizeBefore }: { readonly original: Original; readonly sizeBefore: DatabaseSize },
  observer: Observer,
): () => readonly ProofResult[] {
  const { plan } = suite
  const reading = { connection, plan, path, original, sizeBefore, entriesBefore: readEntries(connection) }
  const violationsBefore = countViolations(connection)
  const subject: FileSubject = {
    suite,
    from: survey.version,
    target: survey.target,
    upgraded: connection,
    extras: survey.extras,
    goldenAt: (version) => readGoldenSchema(suite.fixtures, `v${version}`),
    original: () => ({ schema: original.attach() }),
    violationsBefore: () => violationsBefore,
    touched: () => (method === 'journal' ? readTouched(reading) : null),
    onTable: ({ table, position, total }) => {
      refuseCancelled(path, observer)
      observer.tell({ step: 'proof', proof: 'rows', detail: `table ${position} of ${total}: ${table}` })
    },
  }
  return () => proveUpgrade(path, subject, observer)
}

function readSize(connection: Connection): DatabaseSize {
  return {
    pageSizeBytes: Number(readPragma(connection, 'page_size')),
    pageCount: Number(readPragma(connection, 'page_count')),
  }
}

function watchStatements(
  path: string,
  migrations: readonly Migration[],
  observer: Observer,
): NonNullable<MigrateOptions['beforeStatement']> {
  let current: number | null = null
  return ({ version }) => {
    refuseCancelled(path, observer)
    if (version === null || version === current) return
    current = version
    observer.tell({ step: 'migration', version, name: migrations[version - 1]?.name ?? '' })
  }
}

import type { FileCheck } from '../checks/check.ts'
import { isFileCheck, runDeclared } from '../checks/check.ts'
import { checks } from '../checks/index.ts'
import { checkTables } from '../checks/integrity.ts'
import { withOriginal } from '../checks/rows/prove-rows-kept.ts'
import type { FileSubject } from '../checks/subject.ts'
import { countViolations } from '../checks/violations.ts'
import { betterSqliteConnection, type Database } from '../engines/better-sqlite3.ts'
import { type MigrateOptions, migrate } from '../migrator/migrate.ts'
import type { Migration } from '../migrator/migration.ts'
import type { Problem } from '../problem.ts'
import { readGoldenSchema } from '../snapshots/golden-review.ts'
import type { Connection } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { type Backup, confirmBackup } from './backup.ts'
import { refuseDamage } from './copy-database.ts'
import { explainCancellation, refuseCancelled, UpgradeNotProvenError } from './errors.ts'
import type { DatabaseSize } from './journal-pages.ts'
import { type Observer, type ProofResult, rowsMethodOf, type UpgradeRequest } from './model.ts'
import { type Original, openOriginal } from './original.ts'
import { readPragma } from './survey.ts'
import { readEntries } from './touched-tables.ts'
import { withCleanUp } from './with-clean-up.ts'
import { childrenOf, readWritten, refuseDamagedTables, scopeOf, type Written } from './written.ts'

/** What is proven of a file before COMMIT: every check that needs no other upgrade. */
const provenBeforeCommit: readonly FileCheck[] = checks.filter(isFileCheck)

/**
 * Runs every check on the upgraded database that it allows, before it is committed.
 *
 * @throws {UpgradeNotProvenError} when one fails, after all were run
 * @throws {UpgradeCancelledError}
 */
function proveUpgrade(path: string, subject: FileSubject, observer: Observer): ProofResult[] {
  const problems: Problem[] = []
  const results = provenBeforeCommit.map((check): ProofResult => {
    refuseCancelled(path, observer)
    observer.report({ step: 'proof', proof: check.name, detail: '' })
    const start = performance.now()
    const outcome = runDeclared(check, subject, true)
    const { detail = '', isNotApplicable, notCompared = [] } = outcome
    problems.push(...outcome.problems)
    return {
      proof: check.name,
      outcome: isNotApplicable ? 'not-applicable' : 'passed',
      detail,
      notCompared,
      durationMilliseconds: performance.now() - start,
    }
  })
  const [first, ...others] = problems
  if (first === undefined) return results
  refuseIfDamagedBefore(path, subject, problems)
  throw new UpgradeNotProvenError(path, [first, ...others])
}

/**
 * A table that `integrity` finds damaged may have been so before: only `thorough` looks up each entry of each index first.
 *
 * @throws {UpgradeRefusedError} when it was
 */
function refuseIfDamagedBefore(
  path: string,
  { upgraded, original }: FileSubject,
  problems: readonly Problem[],
) {
  const tables = problems
    .filter(({ code, subject }) => code === 'integrity' && subject.type === 'table')
    .map(({ subject }) => subject.name)
  if (tables.length === 0) return
  withOriginal(upgraded, original(), (before) => {
    const known = new Set(readEntries(upgraded, before).map(({ name }) => foldName(name)))
    const old = tables.filter((table) => known.has(foldName(table)))
    refuseDamage(path, 'integrity_check', checkTables(upgraded, before, 'integrity_check', old))
  })
}

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
  const confirm = (reads = false) => {
    if (backup !== null) confirmBackup(backup, 'unchanged', reads)
  }
  const proveAndConfirm = () => {
    // The proofs read the backup, and would fail on another file for a reason of its own.
    confirm()
    const proofs = prove()
    confirm(request.level === 'thorough')
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
    observer.report({ step: 'commit' })
  }
  const { applied } = explainCancellation(path, observer, () =>
    migrate(connection, suite.plan, {
      transaction: 'all',
      beforeStatement: watchStatements(path, suite.plan.migrations, observer),
      beforeCommit,
    }),
  )
  const totalMilliseconds = performance.now() - start
  observer.report({ step: 'committed' })
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
  { suite, path, survey, backupFolder, level = 'default' }: UpgradeRequest,
  { original, sizeBefore }: { readonly original: Original; readonly sizeBefore: DatabaseSize },
  observer: Observer,
): () => readonly ProofResult[] {
  const { plan } = suite
  const reading = { connection, plan, path, original, sizeBefore, entriesBefore: readEntries(connection) }
  const method = rowsMethodOf(level, backupFolder)
  let written: Written | null | undefined
  // The checks that come first write to nothing but copies.
  const readOnce = () => {
    if (written === undefined) written = readWritten(reading)
    return written
  }
  const subject: FileSubject = {
    suite,
    from: survey.version,
    target: survey.target,
    upgraded: connection,
    extras: survey.extras,
    goldenAt: (version) => readGoldenSchema(suite.fixtures, `v${version}`),
    original: () => ({ schema: original.attach() }),
    violationsBefore: () => countViolations(connection, null, original.attach()),
    children: () => childrenOf(reading, readOnce, level),
    touched: () => (method === 'journal' ? (readOnce()?.touched ?? null) : null),
    scope: () => scopeOf(reading, readOnce, level),
    onTable: ({ table, position, total }) => {
      refuseCancelled(path, observer)
      observer.report({ step: 'proof', proof: 'rows', detail: `table ${position} of ${total}: ${table}` })
    },
  }
  return () => {
    if (level === 'quick') refuseDamagedTables(reading, readOnce())
    return proveUpgrade(path, subject, observer)
  }
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
    observer.report({ step: 'migration', version, name: migrations[version - 1]?.name ?? '' })
  }
}

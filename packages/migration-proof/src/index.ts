// The public entry. tests/examples.test.ts runs the example of each function.

// Describe a history.

export { BaseError } from './migrator/base.ts'
export { MigrationPlanError } from './migrator/check-migrations.ts'
export type { DataChange, Migration, MigrationConnection } from './migrator/migration.ts'
export { definePlan, type MigrationPlan } from './migrator/plan.ts'
export {
  type AppliedVersions,
  userVersion,
  type VersionStore,
  versionTable,
} from './migrator/version-store.ts'
export { ConfigError } from './proof/check-config.ts'
export { TableDeclarationError } from './proof/check-tables.ts'
export type { DeviationDeclaration } from './proof/deviation.ts'
export type {
  CheckDeclaration,
  ColumnDeclaration,
  ColumnFacts,
  Contract,
  ContractAccess,
  ContractDeclaration,
  DefaultDeclaration,
  ExpiryFacts,
  Facts,
  ForeignKeyAction,
  ForeignKeyDeclaration,
  ForeignKeyFacts,
  IndexDeclaration,
  IndexFacts,
  Lifetime,
  ReferenceDeclaration,
  ReferenceFacts,
  SecretFacts,
  TableChange,
  TableDeclaration,
  TableFacts,
  TableShape,
} from './proof/facts.ts'
export { type Edge, edgesAt, type FactsAtVersion, factsAt } from './proof/facts-at.ts'
export {
  defineConfig,
  type EngineDeclaration,
  type EquivalentMutants,
  type OldestEngine,
  type Suite,
  type SuiteDefinition,
  type Waiver,
} from './proof/suite.ts'
export type { SnapshotDeclaration, SnapshotForm } from './snapshots/declaration.ts'

// Run it.

export { betterSqliteConnection } from './engines/better-sqlite3.ts'
export type { Engine, EngineFile } from './engines/engine.ts'
export { DatabaseOpenError, EngineError, type OpenFailure } from './engines/errors.ts'
export { connectionOf, type StatementRunner } from './engines/statement-connection.ts'
export { DiagnosedError, type Diagnosis, MissingLibraryError } from './errors.ts'
export type { MigrationLog } from './migrator/apply.ts'
export {
  DatabaseBusyError,
  MigrationFailedError,
  type MigrationFailure,
  type MigrationRefusal,
  MigrationRefusedError,
  SchemaDriftError,
  VersionTableError,
} from './migrator/errors.ts'
export { type MigrateOptions, type MigrationResult, migrate } from './migrator/migrate.ts'
export { type OpenDatabaseOptions, openDatabaseFile } from './migrator/open-database.ts'
export { ForeignKeyViolationError, readViolations } from './migrator/run-migration.ts'
export type { StatementEvent, StatementObserver } from './migrator/statements.ts'
export type { Connection, SqlRow, SqlValue } from './sql/connection.ts'

// Keep its snapshots.

export { checkFixtures, type FixtureReport } from './snapshots/check.ts'
export type { ConditionedFile } from './snapshots/conditions/file.ts'
export { type FieldCondition, fieldConditions } from './snapshots/conditions/index.ts'
export { type Content, diffContent, readContent } from './snapshots/content-hash.ts'
export { FixtureError, LedgerError } from './snapshots/errors.ts'
export { type FreezeOptions, type FreezeReport, freezeMissing } from './snapshots/freeze.ts'
export {
  type BaseEntry,
  type Ledger,
  type MigrationEntry,
  readLedger,
  type SchemaEntry,
  type SnapshotEntry,
  type TableEntry,
} from './snapshots/ledger.ts'
export {
  type DiskSnapshot,
  loadSnapshot,
  type OpenSnapshot,
  openInMemory,
  openSnapshot,
  type SnapshotImage,
} from './snapshots/open.ts'

// Prove its upgrades.

export type { Check } from './checks/check.ts'
export { compareWithFacts } from './checks/facts.ts'
export { checks } from './checks/index.ts'
export { judgeRollbacks, type Rollback, type RollbackObstacle } from './checks/rollback.ts'
export { proveRowsKept, RowsProofError, type RowsProofOptions } from './checks/rows/prove-rows-kept.ts'
export { openSubject, type Subject } from './checks/subject.ts'
export {
  type CheckResult,
  runCheck,
  type UpgradeProof,
  type VerifyOptions,
  verifySuite,
} from './checks/verify.ts'
export { type FindingsOptions, type FindingsReport, findWeaknesses } from './findings/find-weaknesses.ts'
export {
  describeSubject,
  type Evidence,
  type Location,
  makeProblem,
  type Problem,
  type ProblemSubject,
  type Severity,
  type SubjectType,
} from './problem.ts'
export { type Difference, diffSchemas } from './schema/diff.ts'
export type { Schema, SchemaObject } from './schema/model.ts'
export { readSchema } from './schema/read.ts'

// Upgrade the file of a user.

export { UpgradeCancelledError, UpgradeNotProvenError, UpgradeRefusedError } from './upgrade/errors.ts'
export type { Observer, Preview, ProofLevel, UpgradeEvent, UpgradeReport } from './upgrade/model.ts'
export { type PreviewOptions, previewUpgrade } from './upgrade/preview.ts'
export { type RestoreReport, type RestoreRequest, restoreFile } from './upgrade/restore-file.ts'
export { runUpgrade } from './upgrade/run-upgrade.ts'

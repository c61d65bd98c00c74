export type { Check } from './checks/check.ts'
export { compareWithFacts } from './checks/facts.ts'
export { checks } from './checks/index.ts'
export { proveRowsKept, RowsProofError, type RowsProofOptions } from './checks/rows/prove-rows-kept.ts'
export { openSubject, type Subject } from './checks/subject.ts'
export {
  type CheckResult,
  runCheck,
  type UpgradeProof,
  type VerifyOptions,
  verifySuite,
  verifyUpgrade,
} from './checks/verify.ts'
export { betterSqliteConnection } from './engines/better-sqlite3.ts'
export type { Engine, EngineFile } from './engines/engine.ts'
export { DatabaseOpenError, type OpenFailure } from './engines/open-errors.ts'
export { EngineError } from './engines/result-code.ts'
export { connectionOf, type StatementRunner } from './engines/statement-connection.ts'
export { DiagnosedError, type Diagnosis, errorMessage } from './errors.ts'
export { type FindingsOptions, type FindingsReport, findWeaknesses } from './findings/find-weaknesses.ts'
export type { MigrationLog } from './migrator/apply.ts'
export { ForeignKeyViolationError, readViolations } from './migrator/apply.ts'
export { MigrationPlanError } from './migrator/check-migrations.ts'
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
export type { DataChange, Migration, MigrationConnection } from './migrator/migration.ts'
export { type OpenDatabaseOptions, openDatabase } from './migrator/open-database.ts'
export { definePlan, latestVersionOf, type MigrationPlan } from './migrator/plan.ts'
export { type Preflight, preflight } from './migrator/preflight.ts'
export type { StatementEvent, StatementObserver } from './migrator/statements.ts'
export {
  type AppliedVersions,
  userVersion,
  type VersionStore,
  versionTable,
} from './migrator/version-store.ts'
export {
  describeProblem,
  describeSubject,
  type Evidence,
  type Location,
  type Problem,
  type ProblemSubject,
  type Severity,
} from './problem.ts'
export { ConfigError } from './proof/check-config.ts'
export { TableDeclarationError } from './proof/check-tables.ts'
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
export { readGoldenSchema } from './proof/golden.ts'
export type { EquivalentMutants, Waiver } from './proof/suite.ts'
export { defineConfig, type Suite, type SuiteDefinition } from './proof/suite.ts'
export { type Difference, diffSchemas, isExtraObject } from './schema/diff.ts'
export {
  findTable,
  listObjects,
  listUnparsed,
  type Schema,
  type SchemaObject,
  type Table,
} from './schema/model.ts'
export { type PlanStep, readQueryPlan } from './schema/query-plan.ts'
export { readSchema } from './schema/read.ts'
export { renderDifferences } from './schema/render.ts'
export { checkFixtures, type FixtureReport } from './snapshots/check.ts'
export type { ConditionedFile } from './snapshots/conditions/file.ts'
export { type FieldCondition, fieldConditions } from './snapshots/conditions/index.ts'
export { type Content, diffContent, readContent } from './snapshots/content-hash.ts'
export { defaultSnapshots, type SnapshotDeclaration, type SnapshotForm } from './snapshots/declaration.ts'
export { FixtureError, LedgerError } from './snapshots/errors.ts'
export { type FreezeOptions, type FreezeReport, freezeMissing } from './snapshots/freeze.ts'
export {
  type Ledger,
  type MigrationEntry,
  readLedger,
  type SchemaEntry,
  type SnapshotEntry,
  type TableEntry,
} from './snapshots/ledger.ts'
export {
  copySnapshot,
  type DiskSnapshot,
  loadSnapshot,
  type OpenSnapshot,
  openInMemory,
  openOnDisk,
  openSnapshot,
  type SnapshotImage,
} from './snapshots/open.ts'
export { makePrivateFolder, type PrivateFolder } from './snapshots/private-folder.ts'
export type { Connection, SqlRow, SqlValue } from './sql/connection.ts'
export { foldName, quoteName } from './sql/names.ts'
export { normaliseSql } from './sql/normalise.ts'
export { splitStatements } from './sql/split.ts'
export { unquote } from './sql/tokens.ts'
export { UpgradeCancelledError, UpgradeNotProvenError, UpgradeRefusedError } from './upgrade/errors.ts'
export type { Observer, Preview, UpgradeEvent, UpgradeReport } from './upgrade/model.ts'
export { type PreviewOptions, previewUpgrade } from './upgrade/preview.ts'
export { type RestoreReport, type RestoreRequest, restoreFile } from './upgrade/restore-file.ts'
export { rehearseUpgrade, runUpgrade } from './upgrade/run-upgrade.ts'
export { findSourceFile } from './upgrade/source-file.ts'

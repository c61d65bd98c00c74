import { betterSqliteConnection, openImage, openMemory } from '../engines/better-sqlite3.ts'
import { errorMessage } from '../errors.ts'
import { MigrationFailedError } from '../migrator/errors.ts'
import { applyInMemory } from '../migrator/expected-schema.ts'
import { type DataChange, idOf, type Migration } from '../migrator/migration.ts'
import { type MigrationPlan, planUpTo } from '../migrator/plan.ts'
import { runUp } from '../migrator/run-up.ts'
import { partsOf } from '../migrator/tool-change.ts'
import { withStillClock, withStillJavaScript } from './clock.ts'
import type { FixtureSuite } from './declaration.ts'
import { sha256 } from './hash.ts'
import type { AdoptedPin, ExecutedOnRows, Ledger, MigrationEntry, MigrationPins } from './ledger.ts'
import { withoutWal } from './open.ts'
import { readBytes, snapshotPath } from './paths.ts'
import { findSources } from './source.ts'
import {
  type ExecutedStatement,
  pinAsked,
  pinMigration,
  type RecordedMigration,
  recordMigrations,
  recordStatements,
} from './statements.ts'

/** A migration as it is now: what would be pinned of it, and where it is. */
export interface PresentMigration {
  readonly entry: MigrationEntry
  /** The file that it comes from; null where none is known. */
  readonly file: string | null
  /** Whether what it executes on an empty database is all that it ever does. */
  readonly isSqlAlone: boolean
  /** What the tool of the project does about another checksum; null where it keeps none. */
  readonly consequence: string | null
  /** Its first statement, by which its line is found; null where it executes none on an empty database. */
  readonly firstStatement: string | null
  /** Why it fails on the rows of a snapshot, by the name of that. */
  readonly failures: ReadonlyMap<string, string>
}

/** What the migrations of a suite execute on frozen rows. */
export interface RowsRecording {
  readonly executed: ReadonlyMap<number, readonly ExecutedOnRows[]>
  readonly failures: ReadonlyMap<number, ReadonlyMap<string, string>>
}

/** What is known of frozen rows where none are asked. */
export const noRows: RowsRecording = { executed: new Map(), failures: new Map() }

/** All that the ledger would pin of the migrations of a suite. */
export function describeMigrations(
  suite: FixtureSuite,
  recorded: readonly RecordedMigration[],
  rows: RowsRecording = noRows,
): PresentMigration[] {
  const sources = findSources(suite)
  return suite.plan.migrations.map((migration, index) => {
    const { version, name, checksum } = migration
    const id = idOf(migration)
    const { statements } = recorded[index] ?? { statements: [] }
    const { pin, file, isSqlAlone } = sources[index] ?? { pin: null, file: null, isSqlAlone: false }
    const pins: MigrationPins = {
      id,
      name,
      declarations: { ...declarationsOf(migration), ...describeAdopted(suite.plan, migration) },
      asked: pinAsked(statements),
      onRows: rows.executed.get(version) ?? [],
      source: pin,
      checksum: checksum === undefined ? null : { algorithm: checksum.algorithm, value: checksum.value },
    }
    return {
      entry: { ...pinMigration({ version, statements }), pins },
      file,
      isSqlAlone,
      consequence: checksum?.consequence ?? null,
      firstStatement: statements[0]?.sql ?? null,
      failures: rows.failures.get(version) ?? new Map(),
    }
  })
}

/**
 * What a migration declares of what it does to a database. Reasons and examples are left out: they exempt nothing, and may be
 * added and corrected.
 */
function declarationsOf({
  foreignKeys,
  transaction,
  rollback,
  dataChanges = [],
}: Migration): MigrationPins['declarations'] {
  const changes = dataChanges.map(describeChange).sort((left, right) => (left.key < right.key ? -1 : 1))
  return {
    ...(foreignKeys === undefined ? {} : { foreignKeys }),
    ...(transaction === undefined ? {} : { transaction }),
    ...(rollback === undefined ? {} : { rollback }),
    ...(changes.length === 0 ? {} : { dataChanges: changes.map(({ change }) => change) }),
  }
}

/** What a migration notes without running it, and what that executes to make a new file. */
function describeAdopted(
  plan: MigrationPlan,
  { adopts = [] }: Migration,
): Partial<Record<'adopts', AdoptedPin[]>> {
  const parts = partsOf(plan)
  if (parts === null || adopts.length === 0) return {}
  const empty = betterSqliteConnection(openMemory())
  try {
    const recorded = recordMigrations(planUpTo(parts.now.plan, adopts.length), empty)
    return {
      adopts: adopts.map((migration, index) => ({
        id: idOf(migration),
        ...pinAsked(recorded[index]?.statements ?? []),
      })),
    }
  } catch (error) {
    throw error instanceof MigrationFailedError
      ? error.renumbered(parts.now.stepOf, parts.now.toWhole)
      : error
  } finally {
    empty.close()
  }
}

function describeChange(declared: DataChange) {
  const { table, columns, rowsRemoved, renamedTo, renamedColumns, rowsAdded, idsReused } = declared
  const change = {
    table,
    ...(columns === undefined ? {} : { columns: inOrder(columns) }),
    ...(rowsRemoved === undefined ? {} : { rowsRemoved }),
    ...(renamedTo === undefined ? {} : { renamedTo }),
    ...(renamedColumns === undefined ? {} : { renamedColumns: inOrder(renamedColumns) }),
    ...(rowsAdded === undefined ? {} : { rowsAdded }),
    ...(idsReused === undefined ? {} : { idsReused }),
  }
  return { change, key: JSON.stringify(change) }
}

function inOrder(names: readonly string[] | Readonly<Record<string, string>>): unknown {
  if (Array.isArray(names)) return names.toSorted()
  return Object.fromEntries(Object.entries(names).sort(([left], [right]) => (left < right ? -1 : 1)))
}

/** A frozen snapshot whose rows a migration can find. */
export interface FrozenRows {
  readonly name: string
  readonly version: number
  readonly bytes: Uint8Array
}

/** The snapshots that a ledger pins, whose files are what it pins. */
export function readFrozenRows(
  { fixtures }: Pick<FixtureSuite, 'fixtures'>,
  { snapshots }: Pick<Ledger, 'snapshots'>,
): FrozenRows[] {
  return snapshots.flatMap(({ name, version, fileHash }) => {
    const bytes = readBytes(snapshotPath(fixtures, name))
    return bytes === null || sha256(bytes) !== fileHash ? [] : [{ name, version, bytes }]
  })
}

/** Whether a file of one version is the nearest before another version, among the versions of all snapshots. */
function isNearestBefore(start: number, version: number, versions: readonly number[]): boolean {
  return start < version && !versions.some((other) => other > start && other < version)
}

/**
 * Runs each migration on the rows of the nearest snapshots before it, and on all others on which it is pinned, and records the
 * statements that it asks for. What fails there is noted; `verify` shows why.
 *
 * @param frozen the snapshots that are asked
 * @param ledger says what is pinned, and the versions of all snapshots
 */
export function recordOnRows(
  { plan }: Pick<FixtureSuite, 'plan'>,
  frozen: readonly FrozenRows[],
  { snapshots, migrations: pinned }: Pick<Ledger, 'snapshots' | 'migrations'>,
): RowsRecording {
  const executed = new Map<number, ExecutedOnRows[]>()
  const failures = new Map<number, Map<string, string>>()
  const versions = snapshots.map(({ version }) => version)
  for (const { name, version: start, bytes } of frozen) {
    const isAsked = (migration: Migration) =>
      isNearestBefore(start, migration.version, versions) ||
      pinned.some(
        ({ pins }) => pins?.id === idOf(migration) && pins.onRows.some(({ snapshot }) => snapshot === name),
      )
    const steps = plan.migrations.slice(start)
    const last = steps.findLastIndex(isAsked)
    withStill(bytes, (connection) => {
      for (const migration of steps.slice(0, last + 1)) {
        const statements: ExecutedStatement[] = []
        const { version } = migration
        try {
          applyInMemory(connection, plan, migration, (lent) =>
            runUp(migration, recordStatements(lent, statements), connection),
          )
        } catch (error) {
          failures.set(version, (failures.get(version) ?? new Map()).set(name, errorMessage(error)))
          return
        }
        const entry = { snapshot: name, ...pinAsked(statements) }
        if (isAsked(migration)) executed.set(version, [...(executed.get(version) ?? []), entry])
      }
    })
  }
  return { executed, failures }
}

/** What is pinned is the same on every day. */
function withStill(bytes: Uint8Array, work: (connection: ReturnType<typeof betterSqliteConnection>) => void) {
  withStillClock(() =>
    withStillJavaScript(() => {
      const connection = betterSqliteConnection(openImage(withoutWal(bytes)))
      try {
        work(connection)
      } finally {
        connection.close()
      }
    }),
  )
}

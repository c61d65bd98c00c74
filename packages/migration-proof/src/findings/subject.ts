import type { ProblemSubject } from '../problem.ts'
import type { Contract } from '../proof/facts.ts'
import { factsAt } from '../proof/facts-at.ts'
import type { Suite } from '../proof/suite.ts'
import type { ForeignKey, Schema, Table } from '../schema/model.ts'
import { findTable } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { foldName } from '../sql/names.ts'
import { openCopy, type PrivateCopy } from './attempt.ts'
import { isUniqueKey } from './synthetic-rows.ts'
import { type MigrationTrial, reachVersions, tryMigration } from './trial.ts'

/** What the rules check. */
export interface FindingsSubject {
  readonly suite: Suite
  /** That of the latest version. */
  readonly schema: Schema
  /** The tables that hold rows of the user, virtual ones and those of the versions aside. */
  readonly tables: readonly Table[]
  /** The statements that the application runs at the latest version. */
  readonly contracts: readonly Contract[]
  readonly trials: readonly MigrationTrial[]
  /** The engine that all is tried on. */
  readonly engineVersion: string
  /** Whether what needs 20,000 rows is left out. */
  readonly isQuick: boolean
  /** A new database of the latest version without rows. */
  open(): PrivateCopy
}

/**
 * Builds the latest version of a suite's database, and tries each of its migrations on rows.
 *
 * @param reached the versions without rows, where they are known
 * @param trials those that were made already
 * @throws {MigrationFailedError} when a migration fails on an empty database
 */
export function openFindingsSubject(
  suite: Suite,
  isQuick = false,
  reached = reachVersions(suite),
  trials: readonly MigrationTrial[] = reached.steps.map((step) => tryMigration(suite, step)),
): FindingsSubject {
  const { image } = reached
  using copy = openCopy(image)
  const schema = readSchema(copy.connection)
  const versionTables = suite.plan.versions.tables.map(foldName)
  return {
    suite,
    schema,
    tables: [...schema.tables.values()].filter(
      ({ name, module }) => module === null && !versionTables.includes(foldName(name)),
    ),
    contracts: factsAt(suite.facts, suite.plan.migrations.length).contracts,
    trials,
    engineVersion: String(copy.connection.all('SELECT sqlite_version() AS version')[0]?.version),
    isQuick,
    open: () => openCopy(image),
  }
}

/** A foreign key with its table. */
export interface SchemaEdge {
  readonly child: Table
  readonly key: ForeignKey
  /** As findings name it: `child (column)`. */
  readonly subject: ProblemSubject
}

/** Every foreign key of the latest version. */
export function edgesOf({ tables }: FindingsSubject): SchemaEdge[] {
  return tables.flatMap((child) =>
    child.foreignKeys.map((key) => ({
      child,
      key,
      subject: {
        type: 'foreign key',
        name: `${child.name} (${key.columns.join(', ')})`,
        table: child.name,
      },
    })),
  )
}

/** The foreign keys whose parent is there, with a key of its own. */
export function soundEdges(subject: FindingsSubject): (SchemaEdge & { readonly parent: Table })[] {
  return edgesOf(subject).flatMap((edge) => {
    const parent = findTable(subject.schema, edge.key.parent)
    return parent !== undefined && isUniqueKey(parent, edge.key.parentColumns) ? [{ ...edge, parent }] : []
  })
}

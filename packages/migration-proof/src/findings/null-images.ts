import type { MigrationPlan } from '../migrator/plan.ts'
import type { Table } from '../schema/model.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { attempt, openCopy } from './attempt.ts'
import { type MigrationTrial, runMigration } from './trial.ts'

const known = new WeakMap<MigrationTrial, readonly Buffer[]>()

/**
 * The version before a migration: the synthetic rows, or none where the migration fails on them; and the same with NULLs in the
 * tables that it names, of all columns at once, or where it does not take them, of one after another.
 */
export function imagesWithNulls(trial: MigrationTrial, plan: MigrationPlan): readonly Buffer[] {
  const images = known.get(trial) ?? makeImages(trial, plan)
  known.set(trial, images)
  return images
}

function makeImages(trial: MigrationTrial, plan: MigrationPlan): readonly Buffer[] {
  const { failure, beforeImage, startImage, before, statements, migration } = trial
  const text = foldName(statements.join(' '))
  const nullable = [...before.tables.values()]
    .filter(({ name, module }) => module === null && text.includes(foldName(name)))
    .flatMap((table) => nullableColumns(table).map((column): NullableColumn => [table.name, column]))
  const filled = failure === null ? beforeImage : startImage
  if (nullable.length === 0) return [filled]
  const withAll = withNulls(beforeImage, nullable)
  if (runMigration(withAll, plan, migration.version) === null) return [filled, withAll]
  return [filled, ...nullable.map((column) => withNulls(beforeImage, [column]))]
}

type NullableColumn = readonly [table: string, column: string]

/** Puts NULL into the first row, and into one of the others, which keeps what it has in most columns. */
function withNulls(image: Buffer, columns: readonly NullableColumn[]): Buffer {
  using copy = openCopy(image)
  for (const [index, [table, column]] of columns.entries()) {
    const from = `main.${quoteName(table)}`
    for (const place of [0, 1 + (index % 2)]) {
      const row = `rowid = (SELECT rowid FROM ${from} ORDER BY rowid LIMIT 1 OFFSET ${place})`
      attempt(copy.connection, `UPDATE ${from} SET ${quoteName(column)} = NULL WHERE ${row}`)
    }
  }
  return copy.image()
}

function nullableColumns({ columns }: Table): string[] {
  return columns.filter(({ notNull, generated }) => !notNull && generated === null).map(({ name }) => name)
}

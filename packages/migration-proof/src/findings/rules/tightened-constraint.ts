import type { MigrationPlan } from '../../migrator/plan.ts'
import { type Constraint, readConstraints } from '../../rows/constraints.ts'
import { parentsFirst, type RefusedRow, RowGenerator, similarKeys } from '../../rows/generate.ts'
import type { Row } from '../../rows/search.ts'
import { diffSchemas } from '../../schema/diff.ts'
import { findTable, type Schema } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { storedColumns } from '../../snapshots/typed-rows.ts'
import type { Connection, SqlRow, SqlValue } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { attemptInsert, openCopy } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import { type MigrationTrial, runMigration } from '../trial.ts'

export const tightenedConstraint: Rule = {
  code: 'tightened-constraint',
  severity: 'error',
  reason:
    'The version before accepts rows that the new constraint refuses: the upgrade of a file that holds one fails.',
  fix: 'Let the migration correct such rows first, or say in a waiver why no file holds one.',
  source: 'https://www.sqlite.org/lang_conflict.html',
  find: ({ trials, suite }) => trials.flatMap((trial) => findTightened(trial, suite.plan)),
}

const fixes: Readonly<Record<Constraint['kind'], string>> = {
  'not-null': 'give the rows without a value one, or remove them, before the column becomes NOT NULL',
  unique: 'merge or remove the rows of the same key before it becomes unique, and declare which of them stay',
  check: 'correct the rows that fail the condition before it is added',
  'foreign-key': 'remove the rows without their parent, or make the parent, before the foreign key is added',
  type: 'convert values of another type, for instance with CASE typeof(…), before the table becomes STRICT',
  trigger: 'correct the rows that the trigger refuses before they are written again',
}

/**
 * Makes rows that the version afterwards refuses by one constraint each, puts those that the version before accepts into
 * it, and runs the migration.
 */
function findTightened(trial: MigrationTrial, plan: MigrationPlan): Sighting[] {
  const { migration, before, startImage, emptyImage } = trial
  if (emptyImage === null) return []
  using after = openCopy(emptyImage)
  const schema = readSchema(after.connection)
  const tables = changedTables(before, schema, plan.versions.tables)
  if (tables.length === 0) return []
  using start = openCopy(startImage)
  const isNew = newConstraints(start.connection, before)
  const refused = refuseRows(after.connection, schema, tables, isNew)
  copyRows(after.connection, start.connection, schema, plan.versions.tables)
  const filled = start.image()
  if (runMigration(filled, plan, migration.version) !== null) return []
  return refused.flatMap(({ table, constraint, row, inEmptyTable }) => {
    const columns = storedColumns(start.connection, table)
    for (const candidate of variantsOf(row, constraint)) {
      using copy = openCopy(inEmptyTable ? startImage : filled)
      const known = projected(candidate, columns)
      if (!attemptInsert(copy.connection, table, known).accepted) continue
      const failure = runMigration(copy.image(), plan, migration.version)
      if (failure === null) continue
      const names = constraint.columns.map((name) => `${quoteName(name)} = ${shown(known[name])}`).join(', ')
      return [
        {
          ...ofMigration(migration.version, `${table}: ${constraint.label}`, table),
          fix: fixes[constraint.kind],
          evidence: [
            {
              ran: `the migration, with a row in ${table} that version ${migration.version - 1} accepts: ${names}`,
              happened: failure,
            },
          ] as const,
        },
      ]
    }
    return []
  })
}

/** The tables of both schemas that differ, by themselves or by an index or trigger. */
function changedTables(before: Schema, after: Schema, except: readonly string[]): string[] {
  const changed = new Set(diffSchemas(before, after).map(({ object }) => foldName(object.table)))
  return [...after.tables.values()]
    .filter(({ name, module }) => {
      const earlier = findTable(before, name)
      return changed.has(foldName(name)) && module === null && earlier?.module === null
    })
    .map(({ name }) => name)
    .filter((name) => !except.some((other) => foldName(other) === foldName(name)))
}

type IsNew = (table: string, constraint: Constraint) => boolean

/** The constraints that an earlier schema does not have by the same label, and every key: its collation may be another one. */
function newConstraints(connection: Connection, before: Schema): IsNew {
  const known = new Map<string, ReadonlySet<string>>()
  const labelsOf = (name: string) => {
    const table = findTable(before, name)
    const labels =
      table === undefined ? [] : readConstraints(connection, before, table).map(({ label }) => label)
    return new Set(labels)
  }
  return (table, { kind, label }) => {
    const labels = known.get(table) ?? labelsOf(table)
    known.set(table, labels)
    return kind === 'unique' || !labels.has(label)
  }
}

interface RefusedBy extends RefusedRow {
  readonly table: string
}

/** Fills tables, and finds a row for each constraint that refuses it. */
function refuseRows(
  connection: Connection,
  schema: Schema,
  tables: readonly string[],
  isNew: IsNew,
): RefusedBy[] {
  const generator = new RowGenerator(connection, schema)
  try {
    for (const table of parentsFirst(connection, tables)) generator.cover(table)
    const all = generator.refuse(tables, isNew)
    return all.flatMap(({ table, refused }) => {
      const byLabel = new Map(refused.map((row) => [row.constraint.label, { ...row, table }] as const))
      return [...byLabel.values()]
    })
  } finally {
    generator.close()
  }
}

/** Copies the rows that fit into the tables of an earlier version. */
function copyRows(from: Connection, to: Connection, schema: Schema, except: readonly string[]): void {
  const names = [...schema.tables.values()].filter(({ module }) => module === null).map(({ name }) => name)
  for (const table of parentsFirst(from, names)) {
    if (except.some((name) => foldName(name) === foldName(table))) continue
    const columns = storedColumns(to, table)
    if (columns.length === 0) continue
    for (const row of from.all(`SELECT * FROM main.${quoteName(table)}`))
      attemptInsert(to, table, projected(new Map(Object.entries(row)), columns), 'INSERT OR IGNORE')
  }
}

function projected(row: Row, columns: readonly string[]): SqlRow {
  const known = new Set(columns.map(foldName))
  return Object.fromEntries([...row].filter(([name]) => known.has(foldName(name))))
}

/** The row itself, and where a key is repeated, the same with keys that a collation may find equal. */
function* variantsOf(row: Row, { kind, columns }: Constraint): Generator<Row> {
  yield row
  if (kind !== 'unique') return
  const names = new Set(columns.map(foldName))
  const key = new Map([...row].filter(([name]) => names.has(foldName(name))))
  for (const similar of similarKeys(key)) yield new Map([...row, ...similar])
}

function shown(value: SqlValue | undefined): string {
  if (value === undefined || value === null) return 'NULL'
  if (value instanceof Uint8Array) return `x'${Buffer.from(value.subarray(0, 16)).toString('hex')}'`
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : String(value)
}

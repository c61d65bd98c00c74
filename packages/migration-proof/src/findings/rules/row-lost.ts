import { followChanges, type Survivor } from '../../checks/rows/survivors.ts'
import type { MigrationPlan } from '../../migrator/plan.ts'
import { findTable, type Table } from '../../schema/model.ts'
import { readSchema } from '../../schema/read.ts'
import { replacedTables } from '../../sql/alterations.ts'
import type { Connection, SqlRow } from '../../sql/connection.ts'
import { foldName, quoteName } from '../../sql/names.ts'
import { significantTokens } from '../../sql/tokens.ts'
import { openCopy } from '../attempt.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import { imagesWithNulls } from '../null-images.ts'
import type { FindingsSubject } from '../subject.ts'
import { fillTable } from '../synthetic-rows.ts'
import { type MigrationTrial, runOnCopy } from '../trial.ts'

export const rowLost: Rule = {
  code: 'row-lost',
  severity: 'error',
  reason:
    'A rebuild copies not all rows: a JOIN leaves out those that refer to nothing, a LIMIT those after it. No constraint sees it.',
  fix: 'Copy every row, as with LEFT JOIN and without LIMIT, or declare in dataChanges which rows go (rowsRemoved).',
  source: 'https://www.sqlite.org/lang_select.html#the_from_clause',
  isOfEachMigration: true,
  find: (subject) => subject.trials.flatMap((trial) => findLost(trial, subject)),
}

function findLost(trial: MigrationTrial, { suite: { plan }, isQuick }: FindingsSubject): Sighting[] {
  const tables = rebuiltTables(trial, plan)
  if (tables.length === 0 || trial.emptyImage === null) return []
  const found = new Map<string, Sighting>()
  const images = [...imagesWithNulls(trial, plan), ...imagesBeyondLimit(trial, tables, isQuick)]
  for (const image of images) {
    for (const [name, happened] of compareKeys(image, trial, plan, tables)) {
      if (found.has(name)) continue
      found.set(name, {
        ...ofMigration(trial.migration.version, name, name),
        evidence: [{ ran: `the migration, with synthetic rows in ${name}`, happened }],
      })
    }
  }
  return [...found.values()]
}

/** A table that is made again, and whose rows must stay. */
interface Rebuilt {
  readonly table: Table
  readonly survivor: Survivor
  /** The columns that name its rows. */
  readonly key: readonly string[]
}

function rebuiltTables({ before, statements, migration }: MigrationTrial, plan: MigrationPlan): Rebuilt[] {
  const own = new Set(plan.versions.tables.map(foldName))
  const replaced = replacedTables(statements)
  const tables = [...before.tables.values()].filter(
    ({ name, module }) => module === null && replaced.has(foldName(name)) && !own.has(foldName(name)),
  )
  const survivors = followChanges(
    tables.map(({ name }) => name),
    migration.dataChanges ?? [],
  )
  return tables.flatMap((table, index) => {
    const survivor = survivors[index]
    const key = (table.primaryKey?.columns ?? []).flatMap(({ column }) => column ?? [])
    const isKept = survivor?.freeBecause === null && key.every((name) => survivor.columnAfter(name) !== null)
    return survivor !== undefined && isKept && key.length > 0 ? [{ table, survivor, key }] : []
  })
}

/** The greatest number of rows that a trial makes. */
const most = 20_000
const mostOfQuick = 1_000

/** One row more than a LIMIT that a statement of the migration names. */
function imagesBeyondLimit(
  { startImage, before, statements }: MigrationTrial,
  tables: readonly Rebuilt[],
  isQuick: boolean,
): Buffer[] {
  const limits = statements.flatMap((sql) => {
    const tokens = significantTokens(sql)
    return tokens.flatMap(({ text }, index) =>
      foldName(text) === 'limit' ? [Number(tokens[index + 1]?.text ?? Number.NaN)] : [],
    )
  })
  const limit = Math.max(...limits.filter((count) => count <= (isQuick ? mostOfQuick : most)))
  if (!Number.isFinite(limit)) return []
  using copy = openCopy(startImage)
  for (const { table } of tables) fillTable(copy, before, table, limit + 1)
  return [copy.image()]
}

/** What became of the rows of each table of which some are gone. */
function compareKeys(
  image: Buffer,
  { migration }: MigrationTrial,
  plan: MigrationPlan,
  tables: readonly Rebuilt[],
): (readonly [table: string, happened: string])[] {
  using earlier = openCopy(image)
  using later = openCopy(image)
  if (runOnCopy(later, plan, migration.version) !== null) return []
  const schema = readSchema(later.connection)
  return tables.flatMap(({ table, survivor, key }) => {
    const next = findTable(schema, survivor.nameAfter)
    if (next === undefined) return []
    const before = readKeys(earlier.connection, table.name, key)
    const after = readKeys(
      later.connection,
      next.name,
      key.map((name) => survivor.nameOfColumn(name)),
    )
    // Rows of other keys are another fault, which other rules and checks see.
    if (after.size >= before.size) return []
    const gone = [...before].filter(([name]) => !after.has(name))
    const [first] = gone
    if (first === undefined) return []
    return [
      [
        table.name,
        `${gone.length} of ${before.size} rows are gone, as one of ${describe(first[1])}`,
      ] as const,
    ]
  })
}

function readKeys(
  connection: Connection,
  table: string,
  key: readonly string[],
): ReadonlyMap<string, SqlRow> {
  const rows = connection.all(`SELECT * FROM main.${quoteName(table)}`)
  return new Map(rows.map((row) => [JSON.stringify(key.map((name) => String(row[name]))), row] as const))
}

function describe(row: SqlRow): string {
  return Object.entries(row)
    .map(([name, value]) => `${name} ${value === null ? 'NULL' : String(value).slice(0, 20)}`)
    .join(', ')
}

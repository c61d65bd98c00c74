import type { Table } from '../../schema/model.ts'
import { foldName } from '../../sql/names.ts'
import { attemptInsert, openCopy } from '../attempt.ts'
import { rebuildsOf } from '../changes.ts'
import { ofMigration, type Rule, type Sighting } from '../finding.ts'
import { makeRows } from '../synthetic-rows.ts'
import type { MigrationTrial } from '../trial.ts'

export const rebuildAutoincrementWatermark: Rule = {
  code: 'rebuild-autoincrement-watermark',
  severity: 'error',
  reason: 'A rebuilt table knows only the ids of existing rows: ids of deleted rows are reused for new ones.',
  fix: 'Keep the number: UPDATE sqlite_sequence SET seq = … WHERE name = … before the old table is dropped.',
  source: 'https://www.sqlite.org/autoinc.html',
  isOfEachMigration: true,
  find: ({ trials }) =>
    trials.flatMap((trial) =>
      rebuildsOf(trial)
        .filter(({ before }) => before.primaryKey?.autoincrement === true && !mayReuseIds(trial, before))
        .flatMap(({ before, after }) => compare(trial, before, after)),
    ),
}

function mayReuseIds({ migration: { dataChanges = [] } }: MigrationTrial, { name }: Table): boolean {
  return dataChanges.some(({ table, idsReused }) => idsReused === true && foldName(table) === foldName(name))
}

function compare(trial: MigrationTrial, before: Table, after: Table): Sighting[] {
  if (trial.afterImage === null || trial.after === null) return []
  using earlier = openCopy(trial.beforeImage)
  using later = openCopy(trial.afterImage)
  const given = watermark(earlier, before.name)
  const id = after.primaryKey?.columns[0]?.column
  if (given === null || id == null) return []
  const next = insertNext(later, trial, after, id)
  if (next === null || next > given) return []
  return [
    {
      ...ofMigration(trial.migration.version, `${before.name}.${id}`, before.name),
      evidence: [
        {
          ran: `INSERT after the migration; ids up to ${given} were given before it`,
          happened: `the new row has ${id} ${next}`,
        },
      ],
    },
  ]
}

function watermark({ connection }: ReturnType<typeof openCopy>, table: string): bigint | null {
  const rows = connection.all('SELECT name, seq FROM sqlite_sequence')
  const seq = rows.find(({ name }) => foldName(String(name)) === foldName(table))?.seq
  return typeof seq === 'bigint' ? seq : null
}

function insertNext(
  copy: ReturnType<typeof openCopy>,
  trial: MigrationTrial,
  table: Table,
  id: string,
): bigint | null {
  if (trial.after === null || trial.afterImage === null) return null
  using scratch = openCopy(trial.afterImage)
  const row = makeRows(scratch, trial.after, table, 5).at(-1)
  if (row === undefined) return null
  const { [id]: _id, ...others } = row
  if (!attemptInsert(copy.connection, table.name, others).accepted) return null
  const next = copy.connection.all('SELECT last_insert_rowid() AS id')[0]?.id
  return typeof next === 'bigint' ? next : null
}

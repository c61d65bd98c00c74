import { migrate } from '../migrator/migrate.ts'
import type { MigrationPlan } from '../migrator/plan.ts'
import type { Connection, SqlRow } from '../sql/connection.ts'
import { draftHeader } from './fixture-text.ts'

/**
 * Drafts the golden schema of a version that has none: what its migrations leave behind, with a header that
 * says so. A golden schema is an oracle only after a person has compared it with what the version shall be.
 *
 * @param empty an empty database; it is at that version afterwards
 */
export function draftSchema(plan: MigrationPlan, version: number, empty: Connection): string {
  migrate(empty, plan, { target: version })
  return `${draftHeader(`is this what version ${version} shall be?`)}\n${dumpSchema(empty)}`
}

/** The DDL of a database as text: each table with its indexes and triggers, then the views with theirs. */
export function dumpSchema(connection: Connection): string {
  const objects = connection
    .all(`SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid`)
    .filter(({ name }) => !String(name).startsWith('sqlite_'))
  const owners = [...ofType(objects, 'table'), ...ofType(objects, 'view')]
  const groups = owners.map((owner) => {
    const members = objects.filter((object) => object !== owner && object.tbl_name === owner.name)
    return [owner, ...members].map(({ sql }) => `${dedent(String(sql))};`).join('\n')
  })
  return `${groups.join('\n\n')}\n`
}

function ofType(objects: readonly SqlRow[], type: string): SqlRow[] {
  return objects.filter((object) => object.type === type)
}

/** DDL comes out of a migration with the indentation that it has there. */
function dedent(sql: string): string {
  const [first = '', ...rest] = sql.trimEnd().split('\n')
  const depths = rest
    .filter((line) => line.trim() !== '')
    .map((line) => line.length - line.trimStart().length)
  const depth = depths.length === 0 ? 0 : Math.min(...depths)
  return [first, ...rest.map((line) => line.slice(depth))].join('\n')
}

import { migrate } from '../migrator/migrate.ts'
import { type MigrationPlan, shown } from '../migrator/plan.ts'
import { findLostClauses } from '../schema/clauses.ts'
import { diffSchemas } from '../schema/diff.ts'
import { findLostObjects } from '../schema/lost-objects.ts'
import { nameKeyOf } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import { findShadows } from '../schema/shadow.ts'
import type { Connection, SqlRow } from '../sql/connection.ts'
import { foldName } from '../sql/names.ts'
import { normaliseSql } from '../sql/normalise.ts'
import { draftHeader, lossLine } from './fixture-text.ts'

/**
 * Drafts the golden schema of a version that has none: what its migrations, or the base, leave behind, with a header that
 * says so. A golden schema is an oracle only after a person has compared it with what the version shall be.
 *
 * What the version did not change is written as in the golden schema before it, in the same order, so that a
 * person who compares the two sees what is new and nothing else. Each index, trigger and clause that a rebuild lost has a line of its
 * own, which keeps the text a draft until it is deleted.
 *
 * @param empty an empty database; it is at that version afterwards
 * @param previousDdl the golden schema of the version before; null where there is none
 */
export function draftSchema(
  plan: MigrationPlan,
  version: number,
  empty: Connection,
  previousDdl: string | null = null,
): string {
  // Version 0 is what the base makes.
  if (version > 0) migrate(empty, plan, { target: version - 1 })
  const before = readSchema(empty)
  const texts = new Map(
    listObjects(empty).map((object) => [keyOfRow(object), normaliseSql(String(object.sql))]),
  )
  const statements: string[] = []
  migrate(empty, plan, { target: version, beforeStatement: ({ sql }) => statements.push(sql) })
  const after = readSchema(empty)
  const objects = findLostObjects(before, after, statements).map(({ table, type, name }) => ({
    table,
    text: type === 'option' ? name : `${type} ${name}`,
    replacement: null,
  }))
  const losses = [...objects, ...findLostClauses(before, after, statements)]
    .filter(({ table }) => !plan.versions.tables.map(foldName).includes(foldName(table)))
    .map(({ table, text, replacement }) => lossLine(table, text, replacement))
  const drafted = previousDdl === null ? dumpSchema(empty) : dumpWithWording(previousDdl, empty, texts)
  const header = draftHeader(`is this the intended schema of version ${shown(plan, version)}?`)
  return `${header}${losses.join('')}\n${drafted}`
}

/** The DDL of a database as text: each table with its indexes and triggers, then the views with theirs. */
export function dumpSchema(connection: Connection): string {
  return renderObjects(listObjects(connection).map(dedent))
}

/**
 * The same in the order of an earlier schema, and with its words where they still say what is there. A column that is renamed
 * changes the SQL of each object that names it.
 *
 * @param texts the normalised SQL of the objects of the version before
 */
function dumpWithWording(
  earlierDdl: string,
  connection: Connection,
  texts: ReadonlyMap<string, string>,
): string {
  const earlier = connection.openMemory()
  try {
    earlier.exec(earlierDdl)
    const differences = diffSchemas(readSchema(earlier), readSchema(connection))
    const changed = new Set(differences.map(({ object }) => nameKeyOf(object)))
    const worded = new Map(listObjects(earlier).map((object) => [keyOfRow(object), object]))
    const places = new Map([...worded.keys()].map((key, place) => [key, place]))
    const placeOf = (object: SqlRow) => places.get(keyOfRow(object)) ?? places.size
    const objects = listObjects(connection).map((object) => {
      const key = keyOfRow(object)
      const isSame = !changed.has(key) && texts.get(key) === normaliseSql(String(object.sql))
      return (isSame ? worded.get(key) : undefined) ?? dedent(object)
    })
    return renderObjects(objects.sort((left, right) => placeOf(left) - placeOf(right)))
  } finally {
    earlier.close()
  }
}

function listObjects(connection: Connection): SqlRow[] {
  const objects = connection.all(
    `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid`,
  )
  // A virtual table makes those behind it itself.
  const shadows = findShadows(objects)
  return objects.filter(
    ({ name, tbl_name: table }) =>
      !String(name).startsWith('sqlite_') && !shadows.has(foldName(String(table))),
  )
}

function renderObjects(objects: readonly SqlRow[]): string {
  const owners = [...ofType(objects, 'table'), ...ofType(objects, 'view')]
  const groups = owners.map((owner) => {
    const members = objects.filter((object) => object !== owner && isOf(object, owner))
    return [owner, ...members].map(({ sql }) => `${sql};`).join('\n')
  })
  return `${groups.join('\n\n')}\n`
}

function keyOfRow({ type, name }: SqlRow): string {
  return nameKeyOf({ type: String(type), name: String(name) })
}

function isOf(member: SqlRow, owner: SqlRow): boolean {
  return foldName(String(member.tbl_name)) === foldName(String(owner.name))
}

function ofType(objects: readonly SqlRow[], type: string): SqlRow[] {
  return objects.filter((object) => object.type === type)
}

/** DDL comes out of a migration with the indentation that it has there. */
function dedent(object: SqlRow): SqlRow {
  const [first = '', ...rest] = String(object.sql).trimEnd().split('\n')
  const depths = rest
    .filter((line) => line.trim() !== '')
    .map((line) => line.length - line.trimStart().length)
  const depth = depths.length === 0 ? 0 : Math.min(...depths)
  return { ...object, sql: [first, ...rest.map((line) => line.slice(depth))].join('\n') }
}

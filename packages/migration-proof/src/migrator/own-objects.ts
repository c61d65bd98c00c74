import { errorMessage } from '../errors.ts'
import { listObjects, nameKeyOf, type SchemaObject, type Trigger } from '../schema/model.ts'
import { readSchema } from '../schema/read.ts'
import type { Connection, SqlValue } from '../sql/connection.ts'
import { foldName, quoteName } from '../sql/names.ts'
import { splitStatements } from '../sql/split.ts'
import { significantTokens } from '../sql/tokens.ts'
import { errorCode, MigrationRefusedError } from './errors.ts'
import type { Migration, MigrationConnection } from './migration.ts'

/** The user's own objects, while a migration changes the tables that they belong to. */
export interface OwnObjects {
  /**
   * The connection for the migration. A statement that would fire a trigger of the user is refused; one that is held
   * up by a view or trigger over a table that is being rebuilt runs once that is set aside.
   */
  readonly connection: MigrationConnection
  /**
   * Creates again what went with a table, or was set aside. Called when the migration is done, so that no trigger fires.
   *
   * @param expected the objects that the version has itself
   * @throws {MigrationRefusedError} when one cannot be created again, or no longer works, or would have fired
   */
  restore(expected: readonly SchemaObject[]): void
}

interface OwnObject extends SchemaObject {
  readonly sql: string | null
  /** Whether SQLite could use it before: a view of a table that is not there cannot be broken further. */
  readonly works: boolean
}

/**
 * Examines the user's own objects before a migration.
 *
 * @param connection for statements that only read
 * @param observed the same connection, for statements that change the database
 * @param extras the objects that the version before does not know
 */
export function keepOwnObjects(
  connection: Connection,
  observed: MigrationConnection,
  migration: Migration,
  extras: readonly SchemaObject[],
): OwnObjects {
  const own = readOwnObjects(connection, extras)
  const triggers = new Set([
    ...own.filter(({ type }) => type === 'trigger').map(({ name }) => foldName(name)),
    ...readTemporaryTriggers(connection),
  ])
  if (own.length === 0 && triggers.size === 0) return { connection: observed, restore: () => {} }
  let refusal: MigrationRefusedError | null = null

  const run = <Result>(sql: string, parameters: readonly SqlValue[], work: () => Result): Result => {
    const trigger = triggers.size === 0 ? null : findFiring(connection, sql, parameters, triggers)
    if (trigger !== null) {
      // A migration may swallow the error; the refusal stays.
      refusal ??= wouldFire(migration, trigger)
      throw refusal
    }
    try {
      return work()
    } catch (error) {
      if (!isHeldUp(sql, error) || !setBrokenAside(connection, observed, own)) throw error
      return work()
    }
  }

  return {
    connection: {
      exec: (sql) => {
        for (const statement of splitStatements(sql)) run(statement, [], () => observed.exec(statement))
      },
      all: (sql, parameters = []) => run(sql, parameters, () => observed.all(sql, parameters)),
    },
    restore: (expected) => {
      if (refusal !== null) throw refusal
      const lost = restoreLost(connection, observed, own, new Set(expected.map(nameKeyOf)))
      if (lost.length > 0) throw wouldLose(migration, lost)
    },
  }
}

function readOwnObjects(connection: Connection, extras: readonly SchemaObject[]): OwnObject[] {
  if (extras.length === 0) return []
  const texts = new Map(
    connection
      .all('SELECT type, name, sql FROM main.sqlite_master')
      .map(({ type, name, sql }) => [nameKeyOf({ type: String(type), name: String(name) }), sql]),
  )
  return extras.map((extra) => {
    const sql = texts.get(nameKeyOf(extra))
    return { ...extra, sql: typeof sql === 'string' ? sql : null, works: works(connection, extra) }
  })
}

/** Temporary triggers of this connection, which the schema of the file does not list. */
function readTemporaryTriggers(connection: Connection): string[] {
  return connection
    .all(`SELECT name FROM sqlite_temp_master WHERE type = 'trigger'`)
    .map(({ name }) => foldName(String(name)))
}

/** The statements that can fire a trigger. DROP TABLE deletes the rows of children, whose triggers fire. */
const firingVerbs = new Set(['insert', 'update', 'delete', 'replace', 'with', 'drop'])

/** EXPLAIN lists the program of each trigger that a statement may fire, with its name at the first instruction. */
const triggerMark = '-- TRIGGER '

function findFiring(
  connection: Connection,
  sql: string,
  parameters: readonly SqlValue[],
  triggers: ReadonlySet<string>,
): string | null {
  if (!firingVerbs.has(verbOf(sql))) return null
  const names = explain(connection, sql, parameters)
    .map(({ p4 }) => String(p4))
    .filter((p4) => p4.startsWith(triggerMark))
    .map((p4) => p4.slice(triggerMark.length))
  return names.find((name) => triggers.has(foldName(name))) ?? null
}

/** No row for a statement that fails: its failure is found when it runs. */
function explain(connection: Connection, sql: string, parameters: readonly SqlValue[]) {
  try {
    return connection.all(`EXPLAIN ${sql}`, parameters)
  } catch {
    return []
  }
}

function verbOf(sql: string): string {
  return foldName(significantTokens(sql)[0]?.text ?? '')
}

/** SQLite compiles every view and trigger again before it renames a table or drops a column. */
function isHeldUp(sql: string, error: unknown): boolean {
  return errorCode(error) === 'SQLITE_ERROR' && verbOf(sql) === 'alter'
}

/** Drops the views and triggers that a table which is gone has broken. */
function setBrokenAside(
  connection: Connection,
  observed: MigrationConnection,
  own: readonly OwnObject[],
): boolean {
  const present = new Set(listObjects(readSchema(connection)).map(nameKeyOf))
  const broken = own.filter(
    (object) => object.works && present.has(nameKeyOf(object)) && !works(connection, object),
  )
  for (const { type, name } of broken)
    observed.exec(`DROP ${type.toUpperCase()} IF EXISTS main.${quoteName(name)}`)
  return broken.length > 0
}

/** Whether SQLite can compile what a view or trigger says; true for any other object. */
function works(connection: Connection, { type, name }: SchemaObject): boolean {
  if (type === 'view') return compiles(connection, `SELECT * FROM main.${quoteName(name)}`)
  if (type !== 'trigger') return true
  const trigger = readSchema(connection).triggers.get(foldName(name))
  return trigger === undefined || compiles(connection, firingStatement(connection, trigger))
}

/** A statement that fires a trigger, and that SQLite therefore compiles with what the trigger says. */
export function firingStatement(connection: Connection, { event, table, columns }: Trigger): string {
  const name = `main.${quoteName(table)}`
  if (event === 'DELETE') return `DELETE FROM ${name}`
  if (event === 'INSERT') return `INSERT INTO ${name} DEFAULT VALUES`
  const [first] = connection.all('SELECT name FROM pragma_table_info(?)', [table])
  const column = quoteName(columns[0] ?? String(first?.name ?? 'rowid'))
  return `UPDATE ${name} SET ${column} = ${column}`
}

function compiles(connection: Connection, sql: string): boolean {
  try {
    connection.all(`EXPLAIN ${sql}`)
    return true
  } catch {
    return false
  }
}

interface Lost {
  readonly object: SchemaObject
  readonly reason: string
}

/** An index needs its table, and a trigger may need a view. */
const creationOrder = ['view', 'index', 'trigger'] as const

function restoreLost(
  connection: Connection,
  observed: MigrationConnection,
  own: readonly OwnObject[],
  expected: ReadonlySet<string>,
): Lost[] {
  const present = new Set(listObjects(readSchema(connection)).map(nameKeyOf))
  const gone = own.filter((object) => !present.has(nameKeyOf(object)) && !expected.has(nameKeyOf(object)))
  const tables = gone.filter(({ type }) => type === 'table')
  const lost: Lost[] = tables.map((object) => ({ object, reason: 'the migration drops it' }))
  for (const type of creationOrder) {
    for (const object of gone.filter((one) => one.type === type)) lost.push(...createAgain(observed, object))
  }
  const broken = own.filter(
    (object) => object.works && !lost.some((one) => one.object === object) && !works(connection, object),
  )
  return [...lost, ...broken.map((object) => ({ object, reason: 'it would no longer work' }))]
}

function createAgain(observed: MigrationConnection, object: OwnObject): Lost[] {
  try {
    if (object.sql !== null) observed.exec(object.sql)
    return []
  } catch (error) {
    return [{ object, reason: errorMessage(error) }]
  }
}

function wouldFire(migration: Migration, trigger: string) {
  const diagnosis = {
    expected: 'no trigger but its own to fire while it changes rows',
    actual: `the trigger ${trigger}, which no version makes`,
    fix: 'drop the trigger, upgrade, and create it again',
  }
  return new MigrationRefusedError('trigger-fires', migration, diagnosis, [trigger])
}

function wouldLose(migration: Migration, lost: readonly Lost[]) {
  const list = lost.map(({ object, reason }) => `${object.type} ${object.name} (${reason})`).join(', ')
  const diagnosis = {
    expected: 'the objects that no version makes to be there afterwards',
    actual: `that these would be lost: ${list}`,
    fix: 'drop them, upgrade, and create what still fits',
  }
  const names = lost.map(({ object }) => object.name)
  return new MigrationRefusedError('objects-lost', migration, diagnosis, names)
}

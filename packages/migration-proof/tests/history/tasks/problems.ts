import { randomUUID } from 'node:crypto'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import Database from 'better-sqlite3'
import type { TaskProject } from '../../../src/history/bridge/task-project.ts'

/** One task for each of what a bridge must name, or must let pass. */

const open = () => new Database('app.db')

export async function insert({ text }: { readonly text: string }): Promise<unknown> {
  const database = open()
  await sleep(1)
  database.prepare('INSERT INTO note (text) VALUES (?)').run(text)
  return database.prepare('SELECT text FROM note ORDER BY id').pluck().all()
}

export async function runs(): Promise<unknown> {
  const database = open()
  return [
    'CREATE TABLE extra (id)',
    "INSERT INTO note (text) VALUES ('one')",
    'DROP TABLE extra',
    'UPDATE note SET text = 2',
  ].map((sql) => database.prepare(sql).run())
}

/** The statement is forgotten for so many milliseconds; without any, it waits for other promises alone. */
export async function forgets({ milliseconds }: { readonly milliseconds?: number }): Promise<void> {
  const write = async () => {
    for (let turn = 0; turn < 20; turn++) await null
    if (milliseconds !== undefined) await sleep(milliseconds)
    open().exec("INSERT INTO note (text) VALUES ('forgotten')")
  }
  void write()
}

/** Its code catches the error that it gets. */
export async function forgetsQuietly(): Promise<void> {
  const write = async () => {
    await sleep(10)
    open().exec("INSERT INTO note (text) VALUES ('forgotten')")
  }
  write().catch(() => {})
}

export async function waits({ milliseconds }: { readonly milliseconds: number }): Promise<void> {
  await sleep(milliseconds)
  open().exec("INSERT INTO note (text) VALUES ('waited')")
}

export function neverSettles(): Promise<void> {
  open().exec("INSERT INTO note (text) VALUES ('before')")
  return new Promise(() => {})
}

export function servesForEver(): Promise<void> {
  return new Promise(() => createServer().listen(0))
}

export function loopsForEver(): Promise<void> {
  for (;;);
}

export async function opensAnother(): Promise<void> {
  open()
  try {
    new Database('other.db').exec('CREATE TABLE other (id)')
  } catch {
    // It goes on.
  }
}

export async function loadsAnotherDriver(): Promise<void> {
  const name = 'libsql'
  await import('node:module').then(({ createRequire }) => createRequire(import.meta.url)(name))
}

export async function exits(): Promise<void> {
  try {
    process.exit(0)
  } catch {
    await new Promise(() => {})
  }
}

export async function throwsText(): Promise<void> {
  throw 'a text'
}

export async function throwsOwn(): Promise<void> {
  throw Object.assign(new RangeError('of its own'), { code: 'E_OWN' })
}

export async function wrapsError(): Promise<void> {
  try {
    open().exec('INSERT INTO missing VALUES (1)')
  } catch (driverError) {
    throw Object.assign(new Error('the query failed'), { driverError })
  }
}

export async function throwsErrorOfEngine(): Promise<void> {
  open().exec('INSERT INTO missing VALUES (1)')
}

/** As tools do: it rolls back, and says something else. */
export async function tidiesUp(): Promise<void> {
  const database = open()
  database.exec('BEGIN')
  try {
    database.exec("INSERT INTO note (text) VALUES ('one')")
    database.exec("INSERT INTO note (text) VALUES ('two')")
    database.exec('COMMIT')
  } catch (error) {
    if (database.inTransaction) database.exec('ROLLBACK')
    throw error
  }
}

export async function rejectsBeside(): Promise<void> {
  void (async () => {
    open().exec('INSERT INTO missing VALUES (1)')
  })()
  await sleep(5)
}

export async function rejectsLater(): Promise<void> {
  void (async () => {
    await sleep(20)
    throw new Error('too late')
  })()
}

export async function returnsFunction(): Promise<unknown> {
  return () => 1
}

export async function definesFunction(): Promise<void> {
  open().function('twice', (value) => Number(value) * 2)
}

export async function leavesOpen(): Promise<void> {
  open().exec("BEGIN; INSERT INTO note (text) VALUES ('left')")
}

export async function transacts({ fails }: { readonly fails: boolean }): Promise<unknown[]> {
  const database = open()
  const states: unknown[] = [database.inTransaction]
  database.exec('BEGIN IMMEDIATE')
  states.push(database.inTransaction)
  database.exec("INSERT INTO note (text) VALUES ('kept')")
  try {
    database.transaction(() => {
      database.exec("INSERT INTO note (text) VALUES ('undone')")
      throw new Error('undo it')
    })()
  } catch {
    // It goes on without.
  }
  try {
    database.exec('BEGIN')
  } catch (error) {
    states.push(error instanceof Error ? error.message : error)
  }
  database.exec(fails ? 'ROLLBACK' : 'COMMIT')
  states.push(database.inTransaction)
  return states
}

export async function readsClocks(): Promise<unknown> {
  const { randomBytes, randomInt, randomUUID, randomFillSync } = await import('node:crypto')
  const before = Date.now()
  await sleep(20)
  return {
    passed: Date.now() - before,
    date: new Date().toISOString(),
    performance: performance.now(),
    hrtime: process.hrtime.bigint(),
    random: Math.random(),
    number: randomInt(1000),
    uuid: randomUUID(),
    webUuid: crypto.randomUUID(),
    bytes: randomBytes(4).toString('hex'),
    filled: randomFillSync(new Uint8Array(4)).join(),
    values: crypto.getRandomValues(new Uint8Array(4)).join(),
  }
}

export async function importsOfProject(_: unknown, project: TaskProject): Promise<unknown> {
  const { packaged } = await project.importPackage('only-for-import')
  const { typed } = await project.importFile('./typed.ts')
  return [packaged, typed]
}

export async function readsProject(_: unknown, project: { readonly folder: string }): Promise<unknown> {
  return [project.folder, process.cwd()]
}

/** What is drawn after each of some statements; the tool that runs them draws, too. */
export function draws({ count }: { readonly count: number }): unknown[] {
  const database = new Database('app.db')
  return Array.from({ length: count }, () => {
    Math.random()
    database.exec('SELECT 1')
    return randomUUID()
  })
}

/** Counts its savepoints in the whole process, as tools do. */
export async function savesTwice({ first }: { readonly first: number }): Promise<void> {
  const database = open()
  database.exec('BEGIN')
  database.prepare(`SAVEPOINT trx${first};`).run()
  database.prepare(`RELEASE trx${first};`).run()
  database.exec(`SAVEPOINT \`trx${first + 1}\`; ROLLBACK TO \`trx${first + 1}\`; COMMIT`)
}

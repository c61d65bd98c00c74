// Goal: an upgrade leaves no `-shm` of its own beside a file, however it ends, and takes none from another process.
import { copyFileSync, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { betterSqliteConnection, migrate } from '../../src/index.ts'
import { withoutNewSidecars } from '../../src/upgrade/tidy-sidecars.ts'
import { makePlace } from './place.ts'

const place = makePlace()
const { file, folder, suite } = place
afterAll(place.remove)
beforeEach(place.clear)

/** Does some work on the file in WAL mode, and leaves what a process leaves that is killed then. */
function leaveLog(work: (database: Database.Database) => void, endings = ['-wal']): void {
  const database = new Database(file)
  database.pragma('journal_mode = WAL')
  work(database)
  for (const ending of ['', ...endings]) copyFileSync(file + ending, `${file}${ending}.kept`)
  database.close()
  for (const ending of ['', ...endings]) renameSync(`${file}${ending}.kept`, file + ending)
}

const migrateAll = (database: Database.Database) => migrate(betterSqliteConnection(database), suite.plan)

describe('after a process migrated the file and was killed, between the look and the lock', () => {
  it.for([[['-wal']], [['-wal', '-shm']]] as const)('with %j left', async ([endings]) => {
    place.change('PRAGMA journal_mode = WAL')
    const run = place.run({ beforeLock: () => leaveLog(migrateAll, [...endings]) })
    await expect(run).rejects.toThrow('nothing to do')
    expect(readdirSync(folder)).toEqual(['shop.db'])
  })
})

/** A page that only the check of the whole file reads. */
const damage = () => {
  place.rewrite((bytes) => bytes.fill(0xff, bytes.length - 4096 * 2))
  leaveLog((database) => database.exec('CREATE TABLE own (a)'))
}

describe('beside a log that stays', () => {
  it('a refusal because of damage leaves what was there', async () => {
    damage()
    const before = readFileSync(`${file}-wal`)
    await expect(place.run()).rejects.toMatchObject({ reason: 'log' })
    expect(readdirSync(folder)).toEqual(['shop.db', 'shop.db-wal'])
    expect(readFileSync(`${file}-wal`).equals(before)).toBe(true)
  })

  const look = () =>
    withoutNewSidecars(file, () => {
      const reader = new Database(file, { readonly: true })
      reader.prepare('SELECT count(*) FROM note').get()
      reader.close()
    })

  it('a look leaves what was there', () => {
    place.change('')
    leaveLog((database) => database.exec('CREATE TABLE own (a)'))
    const before = ['', '-wal'].map((ending) => readFileSync(file + ending))
    look()
    expect(readdirSync(folder)).toEqual(['shop.db', 'shop.db-wal'])
    expect(['', '-wal'].map((ending) => readFileSync(file + ending))).toEqual(before)
  })

  it('a look leaves the -shm that was there before', () => {
    place.change('')
    leaveLog((database) => database.exec('CREATE TABLE own (a)'), ['-wal', '-shm'])
    look()
    expect(readdirSync(folder)).toEqual(['shop.db', 'shop.db-shm', 'shop.db-wal'])
  })

  it('a look leaves the -shm of a connection that came meanwhile', () => {
    place.change('')
    leaveLog((database) => database.exec('CREATE TABLE own (a)'))
    let server: Database.Database | null = null
    withoutNewSidecars(file, () => {
      server = new Database(file)
      server.prepare('SELECT count(*) FROM own').get()
    })
    expect(existsSync(`${file}-shm`)).toBe(true)
    expect(readdirSync(folder)).toEqual(['shop.db', 'shop.db-shm', 'shop.db-wal'])
    ;(server as Database.Database | null)?.close()
  })
})

import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import {
  betterSqliteConnection,
  type DataChange,
  defineConfig,
  migrate,
  type Suite,
} from '../../src/index.ts'
import { openExclusively } from '../../src/upgrade/exclusive.ts'
import { type FileIdentity, readIdentity } from '../../src/upgrade/file-identity.ts'
import type { Observer, ProofLevel, UpgradeEvent, UpgradeReport } from '../../src/upgrade/model.ts'
import { surveyDatabase } from '../../src/upgrade/survey.ts'
import { upgradeFile } from '../../src/upgrade/upgrade-file.ts'

/** A private folder that is removed with all that is in it. */
export function makeFolder(): { readonly path: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'upgrade-test-'))
  return { path: folder, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Version 1 of a shop; its last two tables have no rowid, and rows that need pages of their own. */
const firstVersion = `
  CREATE TABLE item (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, price, body TEXT);
  CREATE TABLE tag (name TEXT PRIMARY KEY, item INTEGER) WITHOUT ROWID;
  CREATE TABLE left_shelf (name TEXT);
  CREATE TABLE right_shelf (name TEXT);
  CREATE TABLE note (text TEXT)`

/** Enough rows for several pages a table, and bodies that are longer than a page. */
const shopRows = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 400)
  INSERT INTO item (name, price, body)
  SELECT 'item ' || i, i * 3, CASE WHEN i % 40 = 0 THEN hex(zeroblob(6000)) ELSE 'a body of ' || i END FROM n;
  INSERT INTO tag SELECT 'tag ' || id, id FROM item;
  INSERT INTO left_shelf SELECT name FROM item WHERE id < 9;
  INSERT INTO right_shelf SELECT name FROM item WHERE id > 390;
  INSERT INTO note SELECT 'noted' FROM item WHERE id < 200`

/** The shop with a second version, which is the one under test. */
export function shopWith(secondVersion: string, dataChanges: readonly DataChange[] = []): Suite {
  return defineConfig({
    name: 'shop',
    fixtures: join(tmpdir(), 'no-fixtures'),
    migrations: [
      { version: 1, name: 'first', up: (connection) => connection.exec(firstVersion) },
      { version: 2, name: 'second', up: (connection) => connection.exec(secondVersion), dataChanges },
    ],
  })
}

/** Makes a shop at version 1. */
export function makeShop(file: string, sql = ''): void {
  const database = new Database(file)
  try {
    migrate(betterSqliteConnection(database), shopWith('').plan, { target: 1 })
    database.exec(`${shopRows}; ${sql}`)
  } finally {
    database.close()
  }
}

/**
 * A copy of a database that a killed process left with a change in its log or its journal, and what lies beside it then.
 */
export function makeUnfinished(
  source: string,
  file: string,
  kind: 'log' | 'journal',
): { readonly bytes: ReadonlyMap<string, Buffer> } {
  const living = `${file}.living`
  copyFileSync(source, living)
  const database = new Database(living)
  // A small cache spills what is not committed into the file, so that the journal is needed.
  database.exec(
    kind === 'log'
      ? 'PRAGMA journal_mode = WAL; CREATE TABLE unfinished (a)'
      : 'PRAGMA cache_size = 2; BEGIN; CREATE TABLE unfinished (a); INSERT INTO unfinished VALUES (hex(zeroblob(90000)))',
  )
  const endings = ['', '-wal', '-journal', '-shm'].filter((ending) => existsSync(living + ending))
  for (const ending of endings) copyFileSync(living + ending, file + ending)
  database.close()
  for (const ending of endings) rmSync(living + ending, { force: true })
  return {
    bytes: new Map(
      endings.filter((ending) => ending !== '').map((ending) => [ending, readFileSync(file + ending)]),
    ),
  }
}

/** Each run at another time, so that each backup has a name of its own. */
function nextSecond(): Date {
  seconds += 1
  return new Date(seconds * 1000)
}
let seconds = 0

export interface TriedUpgrade {
  readonly suite: Suite
  readonly file: string
  readonly level?: ProofLevel
  readonly hasBackup?: boolean
  /** Lets a faulty migration write to the schema, and leave rows without their parents. */
  readonly isUnsafe?: boolean
  readonly observer?: Partial<Observer>
}

/** Upgrades a file as the command does, in this thread. */
export async function upgrade(tried: TriedUpgrade): Promise<UpgradeReport> {
  const { suite, file, level = 'default', hasBackup = true, isUnsafe = false, observer = {} } = tried
  const backupFolder = hasBackup ? dirname(file) : null
  const database = openExclusively(file, 10)
  try {
    if (isUnsafe) database.unsafeMode().pragma('foreign_keys = OFF')
    const identity = expectFile(file)
    const survey = surveyDatabase(betterSqliteConnection(database), suite.plan, file)
    const request = { suite, path: file, identity, survey, backupFolder, level, madeAt: nextSecond() }
    const report = await upgradeFile(database, request, {
      report: () => {},
      isCancelled: () => false,
      ...observer,
    })
    return expectReport(report)
  } finally {
    database.close()
  }
}

/** Which file has the name. */
export function expectFile(file: string): FileIdentity {
  const identity = readIdentity(file)
  if (identity === null) throw new Error('There is no file.')
  return identity
}

/** The report of an upgrade that had something to do. */
export function expectReport(report: UpgradeReport | null): UpgradeReport {
  if (report === null) throw new Error('There was nothing to do.')
  return report
}

/** The steps that events report, each once. */
export function stepsOf(events: readonly UpgradeEvent[]): string[] {
  return [...new Set(events.map(({ step }) => step))]
}

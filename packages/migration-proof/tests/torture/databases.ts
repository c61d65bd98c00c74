import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { latestVersion } from './compare.ts'
import { readSchema } from './observe.ts'
import type { Random } from './random.ts'

/** The folder of the project whose command line is run: a forum. */
export function forumIn(project: string): string {
  return join(project, 'tests', 'support', 'forum')
}

/** The snapshots that a tenant's file may have come from. */
const snapshots = ['v0-unversioned', 'v1', 'v2', 'v3', 'v4'] as const

/** How the last server left the file. */
export const leftBy = ['closed', 'killed-with-wal', 'rollback-mode', 'killed-with-journal'] as const

/** What a person added to the database. */
export const ownObjects = {
  nothing: '',
  index: 'CREATE INDEX own_idx ON member (kind, email)',
  table:
    "CREATE TABLE own_notes (id INTEGER PRIMARY KEY, note TEXT); INSERT INTO own_notes (note) VALUES ('one'), ('two')",
  view: 'CREATE VIEW own_view AS SELECT kind, count(*) AS members FROM member GROUP BY kind',
  trigger:
    'CREATE TABLE own_log (email TEXT); CREATE TRIGGER own_trigger AFTER DELETE ON member BEGIN INSERT INTO own_log VALUES (old.email); END',
  search:
    "CREATE VIRTUAL TABLE own_search USING fts5 (text); INSERT INTO own_search VALUES ('a text of one'), ('a text of two')",
} as const

export interface FileRecipe {
  readonly snapshot: string
  readonly left: (typeof leftBy)[number]
  readonly own: keyof typeof ownObjects
  readonly mode: number
  /** Which rows it has that no other tenant has. */
  readonly tag: string
}

export function drawRecipe(random: Random, tag: string): FileRecipe {
  return {
    snapshot: random.pick(snapshots),
    left: random.pick(leftBy),
    own: random.chance(0.6) ? 'nothing' : random.pick(Object.keys(ownObjects) as (keyof typeof ownObjects)[]),
    mode: random.pick([0o600, 0o600, 0o640, 0o644]),
    tag,
  }
}

/** Makes a tenant's database file as a recipe says, with the log or journal that a killed server leaves. */
export function placeDatabase(
  project: string,
  scratch: string,
  file: string,
  recipe: FileRecipe,
  uid: number,
) {
  const folder = mkdtempSync(join(scratch, 'making-'))
  const draft = join(folder, 'data.db')
  writeFileSync(draft, readFileSync(join(forumIn(project), 'fixtures', 'snapshots', `${recipe.snapshot}.db`)))
  const database = new Database(draft)
  database.pragma('wal_autocheckpoint = 0')
  if (recipe.left === 'rollback-mode' || recipe.left === 'killed-with-journal') {
    database.pragma('journal_mode = DELETE')
  } else {
    database.pragma('journal_mode = WAL')
  }
  const addRows = (what: string, count: number) => {
    const insert = database.prepare('INSERT INTO member (email) VALUES (?)')
    for (let row = 1; row <= count; row++) insert.run(`${what}.${recipe.tag}.${row}@example.org`)
  }
  database.transaction(() => {
    database.exec(ownObjects[recipe.own])
    addRows('tenant', 5)
  })()
  if (recipe.left === 'killed-with-wal') {
    database.pragma('wal_checkpoint(TRUNCATE)')
    database.transaction(() => addRows('logged', 4))()
    database.transaction(() => addRows('logged-later', 4))()
    copyAll(draft, file)
    database.close()
  } else if (recipe.left === 'killed-with-journal') {
    // A cache of a few pages spills, so that the journal is synced and the file holds pages that must go back.
    database.pragma('cache_size = 5')
    database.exec("BEGIN IMMEDIATE; UPDATE member SET email = 'lost-' || email || hex(zeroblob(2000))")
    copyAll(draft, file)
    database.exec('ROLLBACK')
    database.close()
  } else {
    database.close()
    copyAll(draft, file)
  }
  rmSync(folder, { recursive: true })
  for (const path of [file, `${file}-wal`, `${file}-journal`].filter((path) => existsSync(path))) {
    chmodSync(path, recipe.mode)
    giveTo(path, uid)
  }
}

function copyAll(from: string, to: string) {
  for (const ending of ['', '-wal', '-journal', '-shm']) rmSync(to + ending, { force: true })
  for (const ending of ['', '-wal', '-journal']) {
    if (existsSync(from + ending)) writeFileSync(to + ending, readFileSync(from + ending))
  }
}

/** The golden schema of each version, in the words of {@link readSchema}. */
export function readGoldenSchemas(project: string): ReadonlyMap<string, readonly string[]> {
  const names = [...snapshots, `v${latestVersion}`]
  return new Map(
    names.map((name) => {
      const database = new Database(':memory:')
      database.exec(readFileSync(join(forumIn(project), 'fixtures', 'schemas', `${name}.sql`), 'utf8'))
      const schema = readSchema(database)
      database.close()
      return [name, schema]
    }),
  )
}

/** A database of another application. */
export function placeForeignDatabase(file: string) {
  const database = new Database(file)
  database.exec(
    "CREATE TABLE urls (id INTEGER PRIMARY KEY, url TEXT, title TEXT); INSERT INTO urls (url, title) VALUES ('https://example.org', 'a page')",
  )
  database.close()
  chmodSync(file, 0o600)
}

export function makeFolder(path: string, uid: number) {
  mkdirSync(path, { mode: 0o755 })
  giveTo(path, uid)
}

/** Gives a file or folder to a user; only root can, and others own what they make anyway. */
export function giveTo(path: string, uid: number) {
  if (process.getuid?.() === 0) chownSync(path, uid, uid)
}

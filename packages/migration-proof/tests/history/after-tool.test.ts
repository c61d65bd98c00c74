// Goal: a history that changed its tool is one history: files of both tools are read, upgraded and proven, and what an old file
// has otherwise than a new one is named.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, describe, expect, it } from 'vitest'
import { verifySuite } from '../../src/checks/verify.ts'
import { betterSqliteConnection, openMemory } from '../../src/engines/better-sqlite3.ts'
import { afterTool, type AfterToolOptions } from '../../src/history/after-tool.ts'
import { dbmate } from '../../src/history/dbmate.ts'
import { sqlFolder } from '../../src/history/folder.ts'
import type { History } from '../../src/history/sql-folder.ts'
import { migrate } from '../../src/migrator/migrate.ts'
import { migrateOf } from '../../src/migrator/migrate-as-tool.ts'
import type { Migration } from '../../src/migrator/migration.ts'
import { definePlan, type MigrationPlan } from '../../src/migrator/plan.ts'
import { userVersion, versionTable } from '../../src/migrator/version-store.ts'
import { readVersion } from '../../src/migrator/versions.ts'
import { defineConfig, type Suite } from '../../src/proof/suite.ts'
import { prepareFreeze } from '../../src/snapshots/freeze.ts'
import type { Connection } from '../../src/sql/connection.ts'

const root = mkdtempSync(join(tmpdir(), 'after-tool-'))
afterAll(() => rmSync(root, { recursive: true }))

let folders = 0

function write(files: Readonly<Record<string, string>>): string {
  const folder = join(root, `${++folders}`)
  mkdirSync(folder)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  return folder
}

const toMigration = (sql: string, index: number): Migration => ({
  version: index + 1,
  name: `step ${index + 1}`,
  up: (connection) => connection.exec(sql),
})

const ladder = [
  'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)',
  'ALTER TABLE note ADD COLUMN pinned INTEGER NOT NULL DEFAULT 0',
  'CREATE TABLE tag (name TEXT PRIMARY KEY, note INTEGER REFERENCES note (id) ON DELETE CASCADE); CREATE INDEX tag_note ON tag (note)',
].map(toMigration)

const baseline = `CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, pinned INTEGER NOT NULL DEFAULT 0);
CREATE TABLE tag (name TEXT PRIMARY KEY, note INTEGER REFERENCES note (id) ON DELETE CASCADE);
CREATE INDEX tag_note ON tag (note);`

const inDbmate = (sql: string) => `-- migrate:up\n${sql}\n-- migrate:down\n`

function dbmateFolder(first = baseline, ...later: string[]): History {
  const texts = later.length > 0 ? later : ['ALTER TABLE tag ADD COLUMN colour TEXT', 'CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT)']
  const files = [first, ...texts].map((sql, index) => [`2026010${index + 1}_step.sql`, inDbmate(`${sql};`)])
  return dbmate(write(Object.fromEntries(files)))
}

const adopts = '20260101'

function suiteOf(history: History): Suite {
  return defineConfig({ name: 'shop', ...history, fixtures: join(root, `fixtures-${++folders}`) })
}

function freeze(suite: Suite) {
  for (let pass = 0; pass < 2; pass++) {
    const { report, write: finish } = prepareFreeze(suite, { acceptDrafts: true })
    expect(report.failures.map(({ message }) => message)).toEqual([])
    finish()
  }
}

const problemsOf = (suite: Suite) =>
  verifySuite(suite).flatMap(({ snapshot, checks }) =>
    checks.flatMap(({ check, problems }) =>
      problems.map(
        ({ subject, expected, actual, version }) =>
          `${snapshot} ${check} v${version} ${subject.type} ${subject.name} ${subject.aspect ?? ''}: ${expected} | ${actual}`,
      ),
    ),
  )

function open(plan: MigrationPlan, target?: number, upgrade = migrateOf(plan)): Connection {
  const connection = betterSqliteConnection(openMemory())
  upgrade(connection, plan, target === undefined ? {} : { target })
  return connection
}

const tablesOf = (connection: Connection) =>
  connection.all("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").map(({ name }) => name)

describe('a ladder with schema_version, and then dbmate with a baseline', () => {
  const history = afterTool({ migrations: ladder }, dbmateFolder(), { adopts })
  const suite = suiteOf(history)
  const { plan } = suite

  it('has the versions of the ladder, the adoption, and the later ones', () => {
    expect(plan.migrations.map(({ version, id }) => `${version} ${id ?? '-'}`)).toEqual([
      '1 -',
      '2 -',
      '3 -',
      '4 20260101',
      '5 20260102',
      '6 20260103',
    ])
    expect(suite.snapshots.map(({ name }) => name)).toEqual(['v0-empty', 'v1', 'v2', 'v3', 'v4', 'v5', 'v4-fresh'])
  })

  for (const [who, upgrade] of [
    ['the tools', migrateOf(plan)],
    ['the migrator', migrate],
  ] as const) {
    it(`lets ${who} adopt an old file, and make a new one by the baseline`, () => {
      const old = open(plan, 2, upgrade)
      expect(tablesOf(old)).toEqual(['note', 'schema_version'])
      expect(upgrade(old, plan)).toMatchObject({ from: 2, to: 6, applied: [3, 4, 5, 6] })
      expect(tablesOf(old)).toEqual(['author', 'note', 'schema_migrations', 'schema_version', 'tag'])
      expect(old.all('SELECT version FROM schema_migrations')).toEqual([
        { version: '20260101' },
        { version: '20260102' },
        { version: '20260103' },
      ])
      const made = betterSqliteConnection(openMemory())
      expect(upgrade(made, plan)).toMatchObject({ from: 0, to: 6, applied: [4, 5, 6] })
      expect(tablesOf(made)).toEqual(['author', 'note', 'schema_migrations', 'tag'])
      expect(upgrade(made, plan).outcome).toBe('up-to-date')
      expect(upgrade(old, plan).outcome).toBe('up-to-date')
    })
  }

  it('is frozen and verified, files of both kinds', () => {
    freeze(suite)
    expect(problemsOf(suite)).toEqual([])
  })
})

// Goal: of a migration that fails by itself no statement is blamed, least of all the last one that succeeded.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findWeaknesses } from '../../src/findings/find-weaknesses.ts'
import { keyOfFinding } from '../../src/findings/finding.ts'
import { defineConfig, type Migration, MigrationFailedError, type Suite } from '../../src/index.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { freezeHistory, writeHistory } from '../incidents/toy-history.ts'

const note: Migration = {
  version: 1,
  name: 'notes',
  up: (connection) => connection.exec('CREATE TABLE note (id INTEGER NOT NULL PRIMARY KEY, text TEXT)'),
}

const folder = makePrivateFolder()
afterAll(() => folder.remove())
mkdirSync(join(folder.path, 'schemas'))
writeFileSync(join(folder.path, 'schemas', 'old.sql'), 'CREATE TABLE note (text TEXT);')

const old = { name: 'old', version: 1, form: 'old', origin: 'A test.', releases: [] }

function find(up: Migration['up'], snapshots: readonly (typeof old)[] = []) {
  const migrations = [note, { version: 2, name: 'authors', up }]
  return findWeaknesses(defineConfig({ name: 'toy', migrations, snapshots, fixtures: folder.path }))
}

describe('a migration that throws after it has added a column', () => {
  it('fails where it fails without rows', () => {
    const findings = () =>
      find((connection) => {
        connection.exec('ALTER TABLE note ADD COLUMN author TEXT')
        throw new Error('no such luck')
      })
    expect(findings).toThrow(MigrationFailedError)
    expect(findings).toThrow(/Migration v2 \(authors\).*no such luck/)
  })

  it('is a finding where it throws on rows alone', () => {
    const { problems } = find((connection) => {
      const isFilled = connection.all('SELECT 1 FROM note').length > 0
      connection.exec('ALTER TABLE note ADD COLUMN author TEXT')
      if (isFilled) throw new Error('no such luck')
    })
    expect(problems.map(({ code, subject }) => `${code} of ${keyOfFinding(subject)}`)).toContain(
      'migration-fails-on-rows of migration v2',
    )
    expect(problems.map(({ code }) => code)).not.toContain('add-column-illegal')
  })
})

describe('a migration that throws on an old form of the schema', () => {
  it('is none of the weaknesses of the schema', () => {
    const { problems } = find(
      (connection) => {
        const columns = connection.all(`SELECT name FROM pragma_table_info('note')`)
        if (columns.length === 1) throw new Error('no such luck')
      },
      [old],
    )
    expect(problems).toEqual([])
  })
})

describe('a migration that reads what its program writes', () => {
  const create = 'CREATE TABLE person (id INTEGER PRIMARY KEY, likes TEXT NOT NULL)'
  const parse: Pick<Migration, 'up' | 'dataChanges'> = {
    up: ({ all }) => {
      for (const { id, likes } of all('SELECT id, likes FROM person'))
        all('UPDATE person SET likes = ? WHERE id = ?', [
          JSON.stringify({ tea: true, ...JSON.parse(String(likes)) }),
          id ?? null,
        ])
    },
    dataChanges: [{ table: 'person', columns: ['likes'], reason: 'all like tea' }],
  }
  const codesOf = (suite: Suite) => findWeaknesses(suite).problems.map(({ code }) => code)

  it('is tried on the values of the frozen rows, and fails on others where nothing is frozen', () => {
    const rows = {
      v1: `INSERT INTO person VALUES (1, '{"milk":false}'), (2, '{}'); PRAGMA user_version = 1;`,
    }
    expect(codesOf(freezeHistory({ steps: [create, parse], rows }))).not.toContain('migration-fails-on-rows')
    expect(codesOf(writeHistory({ steps: [create, parse], rows }))).toContain('migration-fails-on-rows')
  })
})

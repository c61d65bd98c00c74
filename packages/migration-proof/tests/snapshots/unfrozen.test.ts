// Goal: where no rows of a snapshot can be drafted, since a migration refuses those of the version before, `verify` and
// `freeze --check` say so, and not only that it is missing.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { openSubject } from '../../src/checks/subject.ts'
import { defineConfig } from '../../src/proof/suite.ts'
import { checkFixtures } from '../../src/snapshots/check.ts'
import { freezeMissing } from '../../src/snapshots/freeze.ts'

const folder = mkdtempSync(join(tmpdir(), 'unfrozen-'))
afterAll(() => rmSync(folder, { recursive: true }))

const suiteOf = (...statements: string[]) =>
  defineConfig({
    name: 'notes',
    migrations: statements.map((sql, index) => ({
      version: index + 1,
      name: `step ${index + 1}`,
      up: (connection) => connection.exec(sql),
    })),
    fixtures: join(folder, `${statements.length}`),
  })

const table = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)'

it('says which migration refuses the rows of which a snapshot would be drafted', () => {
  const suite = suiteOf(
    table,
    'ALTER TABLE note ADD COLUMN author TEXT NOT NULL',
    'CREATE TABLE tag (id INTEGER PRIMARY KEY)',
    'CREATE INDEX note_author ON note (author)',
  )
  freezeMissing(suite)
  freezeMissing(suite, { acceptDrafts: true })
  const reason =
    "none, since its rows cannot be drafted: rows/v1: Migration v2 (step 2), statement 'ALTER TABLE note ADD COLUMN author TEXT NOT NULL': the error"
  const advice = 'correct the migration: files of users may hold such rows'
  for (const name of ['v2', 'v3']) {
    expect(() => openSubject(suite, name, 4)).toThrow(reason)
    const failure = checkFixtures(suite).failures.find(({ fixture }) => fixture === `snapshots/${name}`)
    expect(failure?.diagnosis).toMatchObject({ actual: expect.stringContaining(reason), fix: advice })
  }
})

it('says that a snapshot waits for a person to read its rows', () => {
  const suite = suiteOf(table, 'CREATE INDEX note_text ON note (text)')
  freezeMissing(suite)
  expect(() => openSubject(suite, 'v1', 2)).toThrow(
    'snapshots/v1: expected an entry in the ledger, found none, and rows/v1.sql is a draft that is not reviewed; read the draft',
  )
})

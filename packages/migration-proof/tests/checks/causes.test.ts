// Goal: a problem names the migration that causes it, not another one that changes the same table.
import { expect, it } from 'vitest'
import { fresh } from '../../src/checks/fresh.ts'
import { rows } from '../../src/checks/rows.ts'
import { verifyUpgrade } from '../../src/checks/verify.ts'
import { freezeHistory, suiteOf } from '../incidents/toy-history.ts'
import { brief } from '../support/brief.ts'

const steps = [
  'CREATE TABLE note (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT)',
  'CREATE INDEX note_title ON note (title)',
  'CREATE TABLE tag (name TEXT PRIMARY KEY)',
]

it('of a table that loses something in each of several versions', () => {
  const { fixtures } = freezeHistory({ steps })
  const changes = ["UPDATE note SET title = title || '!'", 'ALTER TABLE note DROP COLUMN body']
  const { checks } = verifyUpgrade(suiteOf([...steps, ...changes], fixtures), 'v2', { checks: [rows] })
  const found = checks.flatMap(({ problems }) => problems).map(brief)
  expect(found).toMatchObject([
    { object: 'table note', version: 4 },
    { object: 'column note.body', version: 5 },
  ])
})

it.for(['v2', 'v3'])('of a released migration that was edited after it had made %s', (snapshot) => {
  const later = 'CREATE TABLE later (id INTEGER PRIMARY KEY)'
  const { fixtures } = freezeHistory({ steps: [...steps, later] })
  const edited = steps.map((sql) => (sql.includes('note_title') ? 'SELECT 1' : sql))
  const { checks } = verifyUpgrade(suiteOf([...edited, later], fixtures), snapshot, { checks: [fresh] })
  const found = checks.flatMap(({ problems }) => problems).map(brief)
  expect(found).toMatchObject([{ object: 'index note_title, existence', version: 2 }])
})

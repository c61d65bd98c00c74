// Goal: a problem names the file of the migration that it comes from, and the line where that is known.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { locateProblem } from '../../src/history/location.ts'
import { definePlan } from '../../src/migrator/plan.ts'
import { makeProblem, mergeProblems, type ProblemSubject } from '../../src/problem.ts'

const folder = mkdtempSync(join(tmpdir(), 'location-'))
afterAll(() => rmSync(folder, { recursive: true }))

const notes = join(folder, '1_notes.sql')
const notesSql =
  '-- Notes\nCREATE TABLE note (id INTEGER PRIMARY KEY);\n\nCREATE INDEX note_id ON note (id);\n'
writeFileSync(notes, notesSql)

const tags = join(folder, '2_tags.js')
writeFileSync(tags, "import { sql } from 'kysely'\n\n// Goes up.\nexport async function up(db) {}\n")

const up = () => {}
const plan = definePlan([
  { version: 1, name: 'notes', up, file: notes, sql: notesSql },
  { version: 2, name: 'tags', up, file: tags },
  { version: 3, name: 'labels', up },
])

it.for<[ProblemSubject, version: number | null, at: string | null]>([
  [{ type: 'index', name: 'note_id', table: 'note' }, 1, `${notes}:2`],
  [{ type: 'index', name: 'note_id', table: 'note' }, null, `${notes}:4`],
  [{ type: 'table', name: 'note' }, 2, `${tags}:4`],
  [{ type: 'mutant', name: 'v1/note/column-dropped/1', table: 'note' }, 1, `${notes}:2`],
  [{ type: 'migration', name: 'v2' }, null, `${tags}:4`],
  [{ type: 'migration', name: 'v3' }, null, null],
  [{ type: 'table', name: 'note' }, 3, null],
  [{ type: 'snapshot', name: 'v1' }, null, null],
])('%o of version %s is at %s', ([subject, version, at]) => {
  const problem = makeProblem('a check', { subject, version, expected: 'this', actual: 'that' })
  const { location } = locateProblem(plan, problem)
  expect(location === null ? null : `${location.file}:${location.line}`).toBe(at)
})

it.for<[file: string, text: string, at: string]>([
  ['base.sql', '-- Before\nPRAGMA foreign_keys = OFF;\nCREATE TABLE kind (id INTEGER PRIMARY KEY);\n', ':3'],
  ['base.sqlite', 'SQLite format 3', ':null'],
])('finds what the base makes in %s', ([name, text, at]) => {
  const file = join(folder, name)
  writeFileSync(file, text)
  const statements = ['PRAGMA defer_foreign_keys = ON', 'CREATE TABLE kind (id INTEGER PRIMARY KEY)']
  const problem = makeProblem('a check', {
    subject: { type: 'table', name: 'kind' },
    expected: 'this',
    actual: 'that',
  })
  const { location } = locateProblem({ ...plan, base: { file, statements } }, problem)
  expect(location === null ? null : `${location.file}:${location.line}`).toBe(`${file}${at}`)
})

it('keeps a location that is known', () => {
  const location = { file: 'other.sql', line: 7 }
  const subject = { type: 'migration', name: 'v2' } as const
  const problem = makeProblem('a check', { subject, location, expected: 'this', actual: 'that' })
  expect(locateProblem(plan, problem).location).toEqual(location)
})

it('is kept where the same fault is seen in two upgrades, and one of them names it', () => {
  const subject = { type: 'table', name: 'note' } as const
  const problem = makeProblem('rows', { subject, expected: 'this', actual: 'that' })
  const located = locateProblem(plan, { ...problem, version: 1 })
  expect(mergeProblems([problem, located])).toMatchObject([
    { version: 1, location: { file: notes, line: 2 } },
  ])
})

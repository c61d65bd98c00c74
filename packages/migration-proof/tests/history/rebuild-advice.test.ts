// Goal: where a rebuild deletes the rows of the children, the problem names the line of DROP TABLE, and what it advises is right for
// the tool: a migration that follows the advice keeps the rows.
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { checks } from '../../src/checks/index.ts'
import { verifyUpgrade } from '../../src/checks/verify.ts'
import { drizzle } from '../../src/history/drizzle.ts'
import { sqlFolder } from '../../src/history/folder.ts'
import { prisma } from '../../src/history/prisma.ts'
import { type History, setConfigFolder } from '../../src/history/sql-folder.ts'
import type { Problem } from '../../src/problem.ts'
import { defineConfig, type Suite } from '../../src/proof/suite.ts'
import { freezeMissing } from '../../src/snapshots/freeze.ts'
import { makeProject, type ScratchProject } from '../support/scratch-project.ts'

const tables = [
  'CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT)',
  'CREATE TABLE book (id INTEGER PRIMARY KEY, author INTEGER REFERENCES author ON DELETE CASCADE)',
]
const rebuild = [
  "CREATE TABLE new_author (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'x')",
  'INSERT INTO new_author (id, name) SELECT id, name FROM author',
  'DROP TABLE author',
  'ALTER TABLE new_author RENAME TO author',
]
const switched = ['PRAGMA foreign_keys = OFF', ...rebuild, 'PRAGMA foreign_keys = ON']
const saved = [
  'CREATE TABLE saved AS SELECT id, author FROM book',
  'DELETE FROM book',
  ...rebuild,
  'INSERT INTO book (id, author) SELECT id, author FROM saved',
  'DROP TABLE saved',
]

interface Tool {
  readonly read: () => History
  readonly fileOf: (position: number) => string
  readonly separator: string
  readonly advice: RegExp
  /** A migration that does as it says. */
  readonly followed: readonly string[]
}

const tools: Readonly<Record<string, Tool>> = {
  'a folder of SQL': {
    read: () => sqlFolder('m'),
    fileOf: (position) => `${position}.sql`,
    separator: '',
    advice: /switch foreign keys off in it, by PRAGMA foreign_keys = OFF before DROP TABLE: otherwise/,
    followed: switched,
  },
  Prisma: {
    read: () => prisma('m'),
    fileOf: (position) => `2024010${position}000000_step/migration.sql`,
    separator: '',
    advice: /switch foreign keys off in it, .*: prisma has foreign keys on there, and no transaction/,
    followed: switched,
  },
  drizzle: {
    read: () => drizzle('m'),
    fileOf: (position) => `000${position}_step.sql`,
    separator: '--> statement-breakpoint',
    advice: /let it save them .*: drizzle-orm has foreign keys on there, and a PRAGMA does nothing in its tr/,
    followed: saved,
  },
}

const projects: ScratchProject[] = []
afterAll(() => {
  for (const project of projects) project.destroy()
})

function load({ folder }: ScratchProject, { read }: Tool): Suite {
  setConfigFolder(folder)
  return defineConfig({ name: 'shop', ...read(), fixtures: join(folder, 'fixtures') })
}

function write(project: ScratchProject, tool: Tool, steps: readonly (readonly string[])[]): void {
  for (const [index, statements] of steps.entries())
    project.write(`m/${tool.fileOf(index + 1)}`, `${statements.join(`;${tool.separator}\n`)};\n`)
  const entries = steps.map((_, idx) => ({ idx, tag: `000${idx + 1}_step`, when: 1_700_000_000_000 + idx }))
  if (tool.separator !== '') project.write('m/meta/_journal.json', JSON.stringify({ entries }))
}

/** What `rows` reports of an upgrade from the first version, where this is the second migration. */
function problemsWith(tool: Tool, statements: readonly string[]): readonly Problem[] {
  const project = makeProject({})
  projects.push(project)
  write(project, tool, [tables, ['CREATE TABLE tag (name TEXT)']])
  freezeMissing(load(project, tool))
  freezeMissing(load(project, tool), { acceptDrafts: true })
  write(project, tool, [tables, statements])
  const rows = checks.filter(({ name }) => name === 'rows')
  return verifyUpgrade(load(project, tool), 'v1', { checks: rows }).checks.flatMap((check) => check.problems)
}

describe.for(Object.entries(tools))('%s', ([, tool]) => {
  it('names the line, and what keeps the rows', () => {
    const [problem] = problemsWith(tool, rebuild)
    expect(problem).toMatchObject({ code: 'rows', subject: { name: 'book' }, location: { line: 3 } })
    expect(problem?.fix).toMatch(tool.advice)
  })

  it('keeps them where a migration does so', () => {
    expect(problemsWith(tool, tool.followed)).toEqual([])
  })
})

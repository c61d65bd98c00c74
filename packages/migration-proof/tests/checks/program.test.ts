// Goal: where the project has the program of its tool, what it leaves of each snapshot is compared with what the emulated rules
// leave, and a difference is a problem by name.
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { verifyUpgrade } from '../../src/checks/verify.ts'
import type { ToolProgram } from '../../src/migrator/plan.ts'
import { freezeHistory } from '../incidents/toy-history.ts'

const steps = ['CREATE TABLE price (id INTEGER PRIMARY KEY, cents INTEGER)', 'CREATE TABLE shop (name TEXT)']
const rows = { v1: 'INSERT INTO price (id, cents) VALUES (1, 5); PRAGMA user_version = 1;' }

/** The problems of an upgrade to v2 where a program executes this. */
function compare(apply: (database: Database.Database) => void, second = steps[1] ?? '') {
  const suite = freezeHistory({ steps, rows })
  const program: ToolProgram = {
    version: '9.1.0',
    apply: (path) => {
      const database = new Database(path)
      try {
        apply(database)
      } finally {
        database.close()
      }
    },
  }
  const [one, two] = suite.plan.migrations
  if (one === undefined || two === undefined) throw new Error('there are two migrations')
  const migrations = [one, { ...two, up: ({ exec }: { exec(sql: string): void }) => exec(second) }]
  const runner = { tool: 'mover', transaction: 'each', foreignKeys: 'off', program: () => program } as const
  const plan = { ...suite.plan, migrations, runner }
  const { checks } = verifyUpgrade({ ...suite, plan }, 'v1', { checks: [] })
  return checks.flatMap(({ problems }) => problems)
}

const same = (database: Database.Database) => {
  database.exec(`${steps[1]}; PRAGMA user_version = 2`)
}

it('is no problem where both leave the same', () => {
  expect(compare(same)).toEqual([])
})

it('names a table whose rows differ', () => {
  const problems = compare((database) => {
    same(database)
    database.exec('DELETE FROM price')
  })
  expect(problems).toMatchObject([
    { code: 'runner', actual: expect.stringMatching(/^by mover 9\.1\.0: .*price/), seenIn: ['v1'] },
  ])
})

it('names a schema that differs', () => {
  const problems = compare((database) => database.exec('CREATE TABLE shop (title TEXT)'))
  expect(problems.map(({ code }) => code)).toContain('runner')
})

it('says the error of a program that fails where the rules do not', () => {
  const problems = compare((database) => database.exec('CREATE TABLE price (id)'))
  expect(problems).toMatchObject([
    {
      code: 'runner',
      actual: expect.stringMatching(/mover 9\.1\.0 fails with 'table price already exists'/),
    },
  ])
})

it('is a problem beside the failure of the rules where the program ends without an error', () => {
  const problems = compare(same, 'CREATE TABLE price (id)')
  expect(problems).toMatchObject([{ code: 'upgrade' }, { code: 'runner' }])
})

it('is the failure of the rules alone where both fail', () => {
  const problems = compare((database) => database.exec('CREATE TABLE price (id)'), 'CREATE TABLE price (id)')
  expect(problems.map(({ code }) => code)).toEqual(['upgrade'])
})

it('compares no table that holds the time', () => {
  const second = "CREATE TABLE shop (name TEXT); INSERT INTO shop VALUES (strftime('%s', 'now'))"
  const apply = (database: Database.Database) => database.exec(`${second}; PRAGMA user_version = 2`)
  expect(compare((database) => void apply(database), second)).toEqual([])
})

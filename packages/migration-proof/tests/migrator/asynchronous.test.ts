// Goal: a migration whose `up` returns a promise is refused before COMMIT, and what it does later changes nothing.
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import {
  betterSqliteConnection,
  definePlan,
  type Migration,
  MigrationRefusedError,
  migrate,
} from '../../src/index.ts'
import { expectedSchema } from '../../src/migrator/expected-schema.ts'
import { lateStatements } from '../../src/migrator/late-statements.ts'
import { recordMigrations } from '../../src/snapshots/statements.ts'
import { openToy, toyMigrations, toyPlanWith, versionsOf } from './toy-plan.ts'

const sentence =
  'Migration v3 (books): expected an up that has done its work when it returns, found a promise; ' +
  'let it run its statements without await; nothing of this migration was kept.'

/** TypeScript takes a function that returns a promise for one that returns nothing. */
function asynchronous(up: (...given: Parameters<Migration['up']>) => unknown): Migration {
  return { version: 3, name: 'books', up }
}

const late = asynchronous(async (connection) => {
  connection.exec('CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER, title TEXT)')
  await Promise.resolve()
  connection.exec('CREATE INDEX book_author ON book (author_id)')
})

function refusalOf(work: () => unknown): MigrationRefusedError {
  try {
    work()
  } catch (error) {
    if (error instanceof MigrationRefusedError) return error
    throw error
  }
  throw new Error('expected a refusal')
}

const withThen = (then: unknown): unknown => Object.fromEntries([['then', then]])

it.for(['each', 'all'] as const)(
  'is refused in a transaction for %s, and leaves the file as it was',
  async (transaction) => {
    const connection = openToy()
    migrate(connection, toyPlanWith(late), { target: 2 })
    const before = connection.all('SELECT * FROM sqlite_schema')
    const error = refusalOf(() => migrate(connection, toyPlanWith(late), { transaction }))
    expect(error).toMatchObject({ reason: 'asynchronous', version: 3, message: sentence })
    // All that was promised is settled by then.
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(connection.all('SELECT * FROM sqlite_schema')).toEqual(before)
    expect(versionsOf(connection)).toEqual([1, 2])
    expect(connection.inTransaction).toBe(false)
  },
)

it.for([
  ['a promise that is kept', () => Promise.resolve()],
  ['a promise that is broken', () => Promise.reject(new Error('later'))],
  ['what looks like a promise', () => withThen(() => {})],
] as const)('is refused where it returns %s', ([, up]) => {
  expect(refusalOf(() => migrate(openToy(), toyPlanWith(asynchronous(up)))).message).toBe(sentence)
})

it.for([
  ['a generator', function* () {}],
  ['an asynchronous generator', async function* () {}],
] as const)('is refused where it is %s function, of which nothing runs', ([, up]) => {
  const error = refusalOf(() => migrate(openToy(), toyPlanWith(asynchronous(up))))
  expect(error).toMatchObject({ reason: 'asynchronous', version: 3 })
  expect(error.message).toContain('found a generator, which has run nothing;')
})

const finished: readonly (readonly [string, () => unknown])[] = [
  ['a number', () => 7],
  ['rows', () => [withThen(1)]],
  ['an object', () => withThen('later')],
]

it.for(finished)('is not what returns %s', ([, up]) => {
  const plan = definePlan([...toyMigrations, { version: 4, name: 'nothing', up }])
  expect(migrate(openToy(), plan).to).toBe(4)
})

it('is refused wherever a version is built', () => {
  const plan = toyPlanWith(late)
  expect(refusalOf(() => expectedSchema(openToy(), plan, 3)).message).toBe(sentence)
  const empty = betterSqliteConnection(new Database(':memory:'))
  expect(refusalOf(() => recordMigrations(plan, empty)).message).toBe(sentence)
})

it('cannot use its connection any more once it has returned', () => {
  let kept: Parameters<Migration['up']>[0] | null = null
  const keeping = asynchronous((connection) => {
    toyMigrations[2]?.up(connection)
    kept = connection
  })
  const connection = openToy()
  // Other tests of this process may have left some.
  const before = lateStatements()
  migrate(connection, toyPlanWith(keeping))
  const refusal = refusalOf(() => (kept as unknown as typeof connection).exec('DELETE FROM book'))
  expect(refusal).toMatchObject({
    reason: 'late-statement',
    message:
      'Migration v3 (books): expected an up that has done its work when it returns, found a statement after it had ' +
      'returned; let it run all its statements before it returns; that statement did not run, and the migration itself ' +
      'may be committed.',
  })
  expect(lateStatements().slice(before.length)).toEqual([refusal])
})

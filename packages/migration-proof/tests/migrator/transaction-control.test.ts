// Goal: a migration cannot leave the transaction of the migrator: what begins or ends one is refused before it runs, even
// where the migration swallows the error, and rows, schema and versions stay what they were.
import { expect, it } from 'vitest'
import { definePlan, type Migration, MigrationRefusedError, migrate } from '../../src/index.ts'
import { expectedSchema } from '../../src/migrator/expected-schema.ts'
import { findTransactionControl } from '../../src/migrator/transaction.ts'
import { recordMigrations } from '../../src/snapshots/statements.ts'
import { openToy, toyMigrations, versionsOf } from './toy-plan.ts'

type Up = Migration['up']

const planWith = (up: Up) => definePlan([...toyMigrations, { version: 4, name: 'tags', up }])

function openWithRow() {
  const connection = openToy()
  migrate(connection, definePlan(toyMigrations))
  connection.exec(`INSERT INTO author (id, name) VALUES (1, 'Ann')`)
  return connection
}

/** Leaves the transaction, swallows the refusal, and goes on to delete rows. */
const escapeBy =
  (sql: string, method: 'exec' | 'all' = 'exec'): Up =>
  (connection) => {
    connection.exec('CREATE TABLE tag (name TEXT)')
    try {
      connection[method](sql)
    } catch {}
    try {
      connection.exec('DELETE FROM author')
    } catch {}
  }

const escapes = [
  'COMMIT',
  'commit transaction',
  'END',
  'ROLLBACK',
  'ROLLBACK TRANSACTION',
  'BEGIN',
  'begin immediate',
  '/* a comment */ COMMIT',
  '-- a comment\n;; COMMIT',
  'SELECT 1; COMMIT; BEGIN',
  'CREATE TRIGGER t AFTER INSERT ON tag BEGIN SELECT 1; END; COMMIT',
  'RELEASE v4',
  'RELEASE SAVEPOINT "V4"',
  'ROLLBACK TO v4',
  'ROLLBACK TRANSACTION TO SAVEPOINT v4',
  'SAVEPOINT v4',
]

for (const transaction of ['each', 'all'] as const) {
  it.for(escapes)(`refuses %s in a transaction for ${transaction}`, (sql) => {
    const connection = openWithRow()
    const before = connection.all('SELECT * FROM sqlite_schema')
    const error = catchRefusal(() => migrate(connection, planWith(escapeBy(sql)), { transaction }))
    expect(error).toMatchObject({ reason: 'transaction', version: 4 })
    expect(error.message).toMatch(
      /^Migration v4 \(tags\): .*which did not run; .*nothing of this migration was kept\.$/,
    )
    expect(connection.all('SELECT name FROM author')).toEqual([{ name: 'Ann' }])
    expect(connection.all('SELECT * FROM sqlite_schema')).toEqual(before)
    expect(versionsOf(connection)).toEqual([1, 2, 3])
    expect(connection.inTransaction).toBe(false)
  })
}

it('refuses it in a statement that returns rows, too', () => {
  const connection = openWithRow()
  expect(catchRefusal(() => migrate(connection, planWith(escapeBy('; COMMIT', 'all')))).reason).toBe(
    'transaction',
  )
  expect(connection.all('SELECT name FROM author')).toHaveLength(1)
})

it.for(['each', 'all'] as const)(
  'refuses what a statement that rolled back all is followed by (%s)',
  (transaction) => {
    const connection = openWithRow()
    const onlyWithRows: Up = (lent) => {
      lent.exec('CREATE TABLE tag (name TEXT)')
      if (lent.all('SELECT 1 FROM author').length === 0) return
      escapeBy(`INSERT OR ROLLBACK INTO author (id, name) VALUES (1, 'again')`)({
        exec: (sql) => (sql.startsWith('CREATE') ? undefined : lent.exec(sql)),
        all: (sql) => lent.all(sql),
      })
    }
    const error = catchRefusal(() => migrate(connection, planWith(onlyWithRows), { transaction }))
    expect(error.reason).toBe('transaction')
    expect(connection.all('SELECT name FROM author')).toEqual([{ name: 'Ann' }])
    expect(versionsOf(connection)).toEqual([1, 2, 3])
  },
)

it('refuses it wherever a version is built', () => {
  const plan = planWith(escapeBy('COMMIT'))
  expect(catchRefusal(() => expectedSchema(openToy(), plan, 4)).reason).toBe('transaction')
  expect(catchRefusal(() => recordMigrations(plan, openToy())).reason).toBe('transaction')
})

it.for([
  'CREATE TRIGGER own AFTER INSERT ON author BEGIN UPDATE author SET name = CASE WHEN 1 THEN name END; END',
  'SAVEPOINT mine; DELETE FROM author; ROLLBACK TO mine; RELEASE mine',
  `SELECT 'COMMIT'; EXPLAIN COMMIT`,
])('lets a migration do what stays in its transaction: %s', (sql) => {
  const connection = openWithRow()
  expect(
    migrate(
      connection,
      planWith((lent) => lent.exec(sql)),
    ).to,
  ).toBe(4)
  expect(connection.all('SELECT name FROM author')).toHaveLength(1)
  expect(findTransactionControl(sql)).toBeNull()
})

function catchRefusal(work: () => unknown): MigrationRefusedError {
  try {
    work()
  } catch (error) {
    if (error instanceof MigrationRefusedError) return error
    throw error
  }
  throw new Error('expected a refusal')
}

it('may begin and commit among the statements of a text, where it asks for no transaction, and runs all others', () => {
  const connection = openWithRow()
  const up: Up = (lent) => lent.exec('BEGIN; CREATE TABLE tag (name TEXT); DELETE FROM author; COMMIT;')
  const plan = definePlan([...toyMigrations, { version: 4, name: 'tags', up, transaction: 'none' }])
  expect(migrate(connection, plan).applied).toEqual([4])
  expect(connection.all('SELECT name FROM tag UNION ALL SELECT name FROM author')).toEqual([])
})

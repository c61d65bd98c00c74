// Goal: a migrator that notes a version apart from its step, works without a transaction or decides before it holds
// the lock really does damage, and the checks distinguish it from one that does not.
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { expect, it, onTestFinished } from 'vitest'
import { betterSqliteConnection, type Connection, migrate, type Suite } from '../../src/index.ts'
import { observeStatements } from '../../src/migrator/statements.ts'
import { transact } from '../../src/migrator/transaction.ts'
import { copySnapshot } from '../../src/snapshots/open.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { freezeHistory, openEmpty, readValue, showFailures, showFailuresWithout } from './toy-history.ts'

type Migrate = typeof migrate
type Apply = (connection: Connection, up: () => void, note: () => void) => void

/** A migrator that reads the version once, before any lock, and applies each step in the given way. */
function migratorThat(apply: Apply): Migrate {
  return (connection, plan, { target = plan.migrations.length, beforeStatement } = {}) => {
    const from = plan.versions.read(connection).current
    const observed = observeStatements(connection, beforeStatement)
    const pending = plan.migrations.slice(from, target)
    for (const migration of pending) {
      const note = () => plan.versions.record(observed, migration.version)
      apply(observed, () => migration.up(observed), note)
    }
    const applied = pending.map(({ version }) => version)
    return { outcome: applied.length > 0 ? 'migrated' : 'up-to-date', from, to: target, applied, extras: [] }
  }
}

const notesApart = migratorThat((connection, up, note) => {
  transact(connection, up)
  transact(connection, note)
})

const usesNoTransaction = migratorThat((_connection, up, note) => {
  up()
  note()
})

const decidesTooEarly = migratorThat((connection, up, note) => {
  transact(connection, () => {
    up()
    note()
  })
})

const freezePrices = () =>
  freezeHistory({
    steps: [
      'CREATE TABLE price (id INTEGER PRIMARY KEY, cents INTEGER)',
      {
        up: ({ exec }) => exec('UPDATE price SET cents = cents * 100'),
        dataChanges: [{ table: 'price', columns: ['cents'], reason: 'whole units become cents' }],
      },
    ],
    rows: { v1: 'INSERT INTO price VALUES (1, 5); PRAGMA user_version = 1;' },
  })

it('sees that a version noted apart from its step is applied twice', () => {
  const suite = freezePrices()
  expect(showFailures(suite, 'v1', { migrate: notesApart })).toMatchInlineSnapshot(`
    "✗ table price: interruption
        seen in    v1
        expected   every row as it was
        actual     1 row gone or changed: rowid 1 changed in cents
        tried      an upgrade that fails at statement 4 'BEGIN IMMEDIATE', 5 'PRAGMA user_version = 2', 6 'COMMIT': seen at 3 of 6 statements
        why        Users hold such files, and their upgrade is not proven.
        fix        commit a migration and its version together, so that both are there or neither; repeat it with \`npx migration-proof verify --snapshot v1\`
    ✗ content: interruption
        seen in    v1
        expected   the same schema and rows
        actual     table price: 1 rows of hash 00b44ce41666 expected, 1 rows of hash 7ec878cecd47 found
        tried      an upgrade that fails at statement 4 'BEGIN IMMEDIATE', 5 'PRAGMA user_version = 2', 6 'COMMIT': seen at 3 of 6 statements
        why        Users hold such files, and their upgrade is not proven.
        fix        repeat it with \`npx migration-proof verify --snapshot v1\`"
  `)
  expect(showFailuresWithout(['interruption'], suite, 'v1', { migrate: notesApart })).toBe('')
  expect(showFailures(suite, 'v1')).toBe('')
})

it('sees that a rebuild without a transaction cannot be finished after a stop', () => {
  const suite = freezeHistory({
    steps: [
      'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)',
      `CREATE TABLE note_new (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
      INSERT INTO note_new SELECT * FROM note;
      DROP TABLE note;
      ALTER TABLE note_new RENAME TO note;`,
    ],
    rows: { v1: `INSERT INTO note VALUES (1, 'kept'); PRAGMA user_version = 1;` },
  })
  expect(showFailures(suite, 'v1', { migrate: usesNoTransaction })).toMatchInlineSnapshot(`
    "✗ table note_new, existence, as version 1 was committed: interruption
        seen in    v1
        expected   none
        actual     a table (id, text)
        why        Users hold such files, and their upgrade is not proven.
        fix        repeat it with \`npx migration-proof verify --snapshot v1\`
    ✗ the rerun: interruption
        seen in    v1
        expected   success
        actual     table note_new already exists
        tried      an upgrade that fails at statement 2 'INSERT INTO note_new SELECT * FROM note', 3 'DROP TABLE note', 4 'ALTER TABLE note_new RENAME TO note': seen at 3 of 5 statements
        why        Users hold such files, and their upgrade is not proven.
        fix        repeat it with \`npx migration-proof verify --snapshot v1\`
    ✗ the schema: interruption
        seen in    v1
        expected   that of a whole version
        actual     SchemaDriftError: Schema at version 1, table note, existence: expected a table (id, text), found none; compare the file with its version, and correct or restore it before it is migrated.
        tried      an upgrade that fails at statement 4 'ALTER TABLE note_new RENAME TO note': seen at 1 of 5 statements
        why        Users hold such files, and their upgrade is not proven.
        fix        repeat it with \`npx migration-proof verify --snapshot v1\`
    ✗ table note: interruption
        seen in    v1
        expected   the table note
        actual     no such table, and note_new with its rows
        tried      an upgrade that fails at statement 4 'ALTER TABLE note_new RENAME TO note': seen at 1 of 5 statements
        why        Users hold such files, and their upgrade is not proven.
        fix        commit a migration and its version together, so that both are there or neither; repeat it with \`npx migration-proof verify --snapshot v1\`
    ✗ the schema: interruption
        seen in    v1
        expected   that of a whole version
        actual     SchemaDriftError: Schema at version 1, table note, column text: not null: expected NULL allowed, found NOT NULL; compare the file with its version, and correct or restore it before it is migrated.
        tried      an upgrade that fails at statement 5 'PRAGMA user_version = 2': seen at 1 of 5 statements
        why        Users hold such files, and their upgrade is not proven.
        fix        repeat it with \`npx migration-proof verify --snapshot v1\`"
  `)
  expect(showFailuresWithout(['interruption'], suite, 'v1', { migrate: usesNoTransaction })).toBe('')
  expect(showFailures(suite, 'v1')).toBe('')
})

/** Two starts at once: the second runs from start to end when the first is about to take the lock. */
function startTwice(suite: Suite, start: Migrate): unknown {
  const folder = makePrivateFolder()
  const file = join(folder.path, 'two.db')
  copySnapshot(suite.fixtures, 'v1', file)
  const [first, second] = [new Database(file), new Database(file)].map(betterSqliteConnection)
  onTestFinished(() => {
    first?.close()
    second?.close()
    folder.remove()
  })
  if (first === undefined || second === undefined) throw new RangeError('two connections')
  let isStarted = false
  start(first, suite.plan, {
    beforeStatement: () => {
      if (isStarted) return
      isStarted = true
      start(second, suite.plan)
    },
  })
  return readValue(first, 'SELECT cents FROM price')
}

it('applies a step once when two processes start together', () => {
  const suite = freezePrices()
  expect(startTwice(suite, decidesTooEarly)).toBe(50_000n)
  expect(startTwice(suite, migrate)).toBe(500n)
})

it('leaves the file of newer software as it is, and says so', () => {
  const suite = freezePrices()
  const newer = openEmpty()
  newer.exec('CREATE TABLE unheard_of (a); PRAGMA user_version = 9')
  const lines: string[] = []
  const add = (line: string) => lines.push(line)
  const { outcome } = migrate(newer, suite.plan, { log: { info: add, error: add } })
  expect(outcome).toBe('unknown-version')
  expect(lines).toEqual(['Current schema version: 9', 'Unknown schema version: 9'])
  expect(readValue(newer, 'PRAGMA user_version')).toBe(9n)
  expect(newer.all('SELECT name FROM sqlite_schema')).toEqual([{ name: 'unheard_of' }])
})

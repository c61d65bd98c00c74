// Goal: fixtures that were rebuilt, invented, left out or never made are distinguished from real files of users,
// and a change that changes nothing is not called one.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkFixtures, freezeMissing, migrate, type Suite, verifySuite } from '../../src/index.ts'
import { freezeHistory, openEmpty, showFailures, suiteOf, writeHistory } from './toy-history.ts'

const prices = 'CREATE TABLE price (id INTEGER PRIMARY KEY, cents INTEGER)'
const pricesWithNames = 'CREATE TABLE price (id INTEGER PRIMARY KEY, cents INTEGER, name TEXT)'
const rows = { v1: 'INSERT INTO price (id, cents) VALUES (1, 5); PRAGMA user_version = 1;' }

const multiply = (factor: number) => ({
  up: ({ exec }: { exec(sql: string): void }) => exec(`UPDATE price SET cents = cents * ${factor}`),
  dataChanges: [{ table: 'price', columns: ['cents'], reason: 'whole units become cents' }],
})

const fixtureFailures = (suite: Suite) => checkFixtures(suite).failures.map(({ message }) => message)
const outcomes = (suite: Suite) => verifySuite(suite).map(({ outcome }) => outcome)

describe('a migration that was edited after its release', () => {
  it('is named, though every upgrade with it passes', () => {
    const released = freezeHistory({ steps: [prices, multiply(100)], rows })
    expect(fixtureFailures(released)).toEqual([])
    const edited = suiteOf([prices, multiply(1000)], released.fixtures)
    expect(outcomes(edited)).toEqual(['passed', 'passed'])
    expect(fixtureFailures(edited)).toMatchInlineSnapshot(`
      [
        "migrations/v2: expected 1 statement of hash 4b9d164b2105, as the ledger pins, found 1 statement of hash 5d552d070a59; undo the change: people hold files that were made by it as it was; where two branches added v2, say which of them is released: it keeps the number, and the other becomes the next version.",
      ]
    `)
  })

  it('is not one that was only written in other lines, spaces and comments', () => {
    const released = freezeHistory({ steps: [prices, multiply(100)], rows })
    const formatted =
      '-- the prices\r\ncreate table price(\r\n  id integer primary key,\r\n  cents integer\r\n);\r\n'
    expect(fixtureFailures(suiteOf([formatted, multiply(100)], released.fixtures))).toEqual([])
  })
})

describe('old fixtures that were rebuilt by today’s code', () => {
  const edited = [pricesWithNames, multiply(100)]

  it('are named while the ledger stands', () => {
    const released = freezeHistory({ steps: [prices, multiply(100)], rows })
    writeFileSync(join(released.fixtures, 'schemas', 'v1.sql'), `${pricesWithNames};\n`)
    const suite = suiteOf(edited, released.fixtures)
    expect(freezeMissing(suite).failures.map(({ fixture }) => fixture)).toEqual([
      'schemas/v1',
      'migrations/v1',
    ])
  })

  it('pass every check once the ledger is rebuilt as well', () => {
    const regenerated = freezeHistory({ steps: edited, rows })
    expect(fixtureFailures(regenerated)).toEqual([])
    expect(outcomes(regenerated)).toEqual(['passed', 'passed'])
  })
})

describe('an old database that is today’s schema with an old version', () => {
  const addNames = `ALTER TABLE price ADD COLUMN name TEXT`
  const tolerant = {
    up: ({ exec, all }: { exec(sql: string): void; all(sql: string): readonly unknown[] }) => {
      if (all(`SELECT 1 FROM pragma_table_info('price') WHERE name = 'name'`).length === 0) exec(addNames)
    },
  }

  it('is refused before anything runs, though the migration itself would not mind it', () => {
    const suite = freezeHistory({ steps: [prices, tolerant], rows, schemas: { v1: `${pricesWithNames};` } })
    expect(showFailures(suite, 'v1')).toMatchInlineSnapshot(`
      "✗ snapshot v1: upgrade
          seen in    v1
          expected   an upgrade
          actual     Schema at version 1, table price, column name: expected none, found TEXT; compare the file with its version, and correct or restore it before it is migrated.
          why        Users hold such files, and their upgrade is not proven.
          fix        repeat it with \`npx migration-proof verify --snapshot v1\`"
    `)
    const synthetic = openEmpty()
    synthetic.exec(pricesWithNames)
    tolerant.up(synthetic)
    expect(synthetic.all('SELECT * FROM price')).toEqual([])
  })
})

describe('a jump', () => {
  const devices = 'CREATE TABLE device (id INTEGER PRIMARY KEY, owner TEXT)'
  const oneEach = 'CREATE UNIQUE INDEX device_owner ON device (owner)'
  const steps = [prices, devices, oneEach]
  const rowsOfTwo = `INSERT INTO price VALUES (1, 5);
INSERT INTO device VALUES (1, 'Ann'), (2, 'Ann');
PRAGMA user_version = 2;`

  it('from version 2 fails, where the one from version 1 passes', () => {
    const suite = freezeHistory({ steps, rows: { ...rows, v2: rowsOfTwo } })
    expect(showFailures(suite, 'v1')).toBe('')
    expect(showFailures(suite, 'v2')).toMatchInlineSnapshot(`
      "✗ migration v3: upgrade
          seen in    v2
          expected   an upgrade
          actual     Migration v3 (step 3), statement 'CREATE UNIQUE INDEX device_owner ON device (owner)': the error 'SQLITE_CONSTRAINT_UNIQUE: UNIQUE constraint failed: device.owner'
          caused by  migration v3
          why        Users hold such files, and their upgrade is not proven.
          fix        let the migration correct or remove such rows before it adds the constraint, and declare that it does; repeat it with \`npx migration-proof verify --snapshot v2\`"
    `)
  })

  it('cannot be left out', () => {
    const all = freezeHistory({ steps, rows: { ...rows, v2: rowsOfTwo } })
    const snapshots = all.snapshots.filter(({ name }) => name !== 'v2')
    const some = writeHistory({ steps, rows, snapshots })
    expect(freezeMissing(some).failures.map(({ message }) => message)).toMatchInlineSnapshot(`
      [
        "snapshots/v2: expected a declared snapshot of version 2, found none; declare it in the suite, with its origin and the releases that left it behind.",
      ]
    `)
  })
})

it('is no success to find no fixtures', () => {
  const suite = writeHistory({ steps: [prices] })
  expect(() => verifySuite(suite)).toThrow('manifest.json')
  expect(() => checkFixtures(suite)).toThrow('manifest.json')
  const connection = openEmpty()
  expect(migrate(connection, suite.plan).outcome).toBe('migrated')
})

/**
 * Goal: the ledger is written the same way every time, and one that cannot be read is an error that says where.
 */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { LedgerError } from '../../src/snapshots/errors.ts'
import { formatLedger, type Ledger, readLedger, writeLedger } from '../../src/snapshots/ledger.ts'
import { makeFrozenSuite, makeSuite, writeText } from './library.ts'

const hash = (digit: string) => digit.repeat(64)

const ledger: Ledger = {
  format: 1,
  schemas: [
    { version: 10, hash: hash('a'), name: 'v10' },
    { name: 'v2', version: 2, hash: hash('b') },
  ],
  snapshots: [
    {
      tables: [
        { hash: hash('1'), rows: 2, name: 'b' },
        { name: 'a', rows: 0, hash: hash('2') },
      ],
      schemaHash: hash('c'),
      contentHash: hash('d'),
      engine: '3.53.2',
      fileHash: hash('e'),
      releases: ['1.0'],
      origin: 'a release',
      form: 'versioned',
      version: 2,
      name: 'v2',
    },
  ],
  migrations: [
    { hash: hash('f'), statements: 1, version: 2 },
    { version: 1, statements: 3, hash: hash('0') },
  ],
}

describe('a ledger that was written', () => {
  it('reads back as it was, in the order of the versions', () => {
    const { fixtures } = makeSuite()
    writeLedger(fixtures, ledger)
    expect(readLedger(fixtures)).toEqual({
      format: 1,
      schemas: ledger.schemas.toReversed(),
      snapshots: ledger.snapshots.map((entry) => ({ ...entry, tables: entry.tables.toReversed() })),
      migrations: ledger.migrations.toReversed(),
    })
  })

  it('has the same bytes whatever the order of its parts', () => {
    const { fixtures } = makeSuite()
    writeLedger(fixtures, ledger)
    expect(formatLedger(readLedger(fixtures))).toBe(formatLedger(ledger))
  })

  it('names its format and its algorithms, and ends with one line end', () => {
    const text = formatLedger(ledger)
    expect(JSON.parse(text)).toMatchObject({
      format: 1,
      algorithms: {
        file: 'sha256',
        schema: 'lf-text/sha256',
        content: 'typed-rows-v1/sha256',
        statements: 'sql-tokens-v1/sha256',
      },
    })
    expect(text).toMatch(/[^\n]\n$/)
    expect(Object.keys(JSON.parse(text))).toEqual([
      'format',
      'algorithms',
      'schemas',
      'snapshots',
      'migrations',
    ])
  })
})

describe('a ledger that cannot be read', () => {
  it('is an error that names the missing file and the command that makes it', () => {
    const { fixtures } = makeSuite()
    expect(() => readLedger(fixtures)).toThrow(LedgerError)
    expect(() => readLedger(fixtures)).toThrow(/manifest\.json: .*no such file.*`npx migration-proof freeze`/)
  })

  it('is an error that says that it is no JSON', () => {
    const suite = makeSuite()
    writeText(suite, 'manifest.json', '{ "format": 1,')
    expect(() => readLedger(suite.fixtures)).toThrow(LedgerError)
    expect(() => readLedger(suite.fixtures)).toThrow('expected JSON')
  })

  const cases: readonly (readonly [string, string, string, string])[] = [
    ['another format', '"format": 1', '"format": 3', '$.format: expected format 1 or 2, found 3'],
    ['no format', '"format": 1,', '', '$.format: expected a whole number, found nothing'],
    [
      'another algorithm',
      'sql-tokens-v1/sha256',
      'sql-tokens-v9/sha256',
      '$.algorithms.statements: expected the algorithm sql-tokens-v1/sha256, found "sql-tokens-v9/sha256"',
    ],
    [
      'no list of snapshots',
      '"snapshots": [',
      '"snapshot": [',
      '$.snapshots: expected an array, found nothing',
    ],
    [
      'a snapshot without its engine',
      '"engine"',
      '"motor"',
      '$.snapshots[0].engine: expected a text, found nothing',
    ],
    [
      'a version that is text',
      '"version": 10',
      '"version": "10"',
      '$.schemas[1].version: expected a whole number',
    ],
    [
      'a negative number of rows',
      '"rows": 2',
      '"rows": -2',
      '$.snapshots[0].tables[1].rows: expected a whole number',
    ],
    [
      'a hash that is cut',
      hash('f'),
      'ffff',
      '$.migrations[1].hash: expected 64 hexadecimal digits, found "ffff"',
    ],
    ['a release that is a number', '"1.0"', '1', '$.snapshots[0].releases[0]: expected a text, found 1'],
    [
      'a table that is no object',
      `{
          "name": "a",
          "rows": 0,
          "hash": "${hash('2')}"
        }`,
      '"a"',
      '$.snapshots[0].tables[0]: expected an object, found "a"',
    ],
  ]

  it.for(cases)('%s: the error names the place', ([, before, after, message]) => {
    const suite = makeSuite()
    const text = formatLedger(ledger)
    expect(text).toContain(before)
    writeText(suite, 'manifest.json', text.replace(before, after))
    expect(() => readLedger(suite.fixtures)).toThrow(LedgerError)
    expect(() => readLedger(suite.fixtures)).toThrow(`manifest.json, ${message}`)
  })
})

it('is written by freezing, and missing again when it is deleted', () => {
  const { fixtures } = makeFrozenSuite()
  const file = join(fixtures, 'manifest.json')
  expect(formatLedger(readLedger(fixtures))).toBe(readFileSync(file, 'utf8'))
  rmSync(file)
  expect(() => readLedger(fixtures)).toThrow(LedgerError)
})

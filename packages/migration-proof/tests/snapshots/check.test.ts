/**
 * Goal: each thing that the check of the fixtures finds is one sentence with what to do about it, and what it
 * found nothing wrong with is listed as checked.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { definePlan } from '../../src/migrator/plan.ts'
import { userVersion } from '../../src/migrator/version-store.ts'
import { checkFixtures } from '../../src/snapshots/check.ts'
import type { FixtureSuite } from '../../src/snapshots/declaration.ts'
import { draftHeader } from '../../src/snapshots/fixture-text.ts'
import {
  createAuthors,
  createBooks,
  declarations,
  goldens,
  makeFrozenSuite,
  rows,
  writeText,
} from './library.ts'

const messagesOf = (suite: FixtureSuite) => checkFixtures(suite).failures.map(({ message }) => message)

describe('the check of the fixtures', () => {
  it('lists what it proved, in the order of the ledger', () => {
    expect(checkFixtures(makeFrozenSuite())).toEqual({
      checked: [
        'schemas/v1',
        'schemas/v2',
        'schemas/v3',
        'snapshots/v0-empty',
        'snapshots/v1',
        'snapshots/v2',
        'migrations/v1',
        'migrations/v2',
        'migrations/v3',
      ],
      failures: [],
    })
  })

  it('does not list what failed', () => {
    const suite = makeFrozenSuite()
    rmSync(join(suite.fixtures, 'snapshots/v1.db'))
    const { checked } = checkFixtures(suite)
    expect(checked).not.toContain('snapshots/v1')
    expect(checked).toHaveLength(8)
  })

  it('says where to get a missing file from', () => {
    const suite = makeFrozenSuite()
    const file = join(suite.fixtures, 'snapshots/v1.db')
    rmSync(file)
    expect(messagesOf(suite)).toEqual([
      `snapshots/v1: expected the file ${file}, found none; restore it from version control, or run \`npx migration-proof freeze\`.`,
    ])
  })

  it.for(['schemas/v7.sql', 'rows/v7.sql', 'snapshots/v7.db', 'rows/v1.db'])(
    'says what to do with %s, which belongs to nothing',
    (file) => {
      const suite = makeFrozenSuite()
      writeText(suite, file, '')
      expect(messagesOf(suite)).toEqual([
        `${file}: expected a declared snapshot that it belongs to, found none; declare it in the suite, or delete it.`,
      ])
    },
  )

  it.for([
    ['origin', { origin: 'another user' }],
    ['releases', { releases: ['9.0'] }],
  ] as const)('says that other %s were declared later', ([, change]) => {
    const snapshots = declarations.map((entry) => (entry.name === 'v1' ? { ...entry, ...change } : entry))
    expect(messagesOf({ ...makeFrozenSuite(), snapshots })).toEqual([
      'snapshots/v1: expected the origin and releases that the suite declares, found others in the ledger; run `npx migration-proof freeze`.',
    ])
  })

  it('says that a text builds something else than what is frozen', () => {
    const suite = makeFrozenSuite()
    writeText(suite, 'rows/v1.sql', String(rows.v1).replace('1929.8', '1929.7'))
    expect(messagesOf(suite)).toEqual([
      expect.stringMatching(
        /^snapshots\/v1: expected schemas\/v1\.sql and rows\/v1\.sql to build the frozen schema and rows, found table author: 2 rows of hash [0-9a-f]{12} expected, 2 rows of hash [0-9a-f]{12} found; undo the change of these texts: a frozen snapshot never changes\.$/,
      ),
    ])
  })

  it('goes on after a text that cannot be built, and keeps what it found before', () => {
    const suite = makeFrozenSuite()
    writeText(suite, 'rows/v1.sql', 'INSERT INTO nothing VALUES (1);')
    const file = join(suite.fixtures, 'snapshots/v1.db')
    rmSync(file)
    writeText(suite, 'rows/v7.sql', '')
    expect(checkFixtures(suite).failures.map(({ fixture }) => fixture)).toEqual([
      'snapshots/v1',
      'rows/v1',
      'rows/v7.sql',
    ])
  })

  it('does not hide an error that is no finding, such as a folder in the place of a text', () => {
    const suite = makeFrozenSuite()
    rmSync(join(suite.fixtures, 'rows/v1.sql'))
    writeText(suite, 'rows/v1.sql/text', '')
    expect(() => checkFixtures(suite)).toThrow('EISDIR')
  })
})

describe('what is not frozen', () => {
  const earlier = () => definePlan([createAuthors, createBooks], userVersion())
  const fix = 'run `npx migration-proof freeze`'

  /** Version 4 and the snapshot of version 3 are new, as after a migration was added. */
  function withNewVersion() {
    const { fixtures, plan } = makeFrozenSuite()
    const addDates = {
      version: 4,
      name: 'dates',
      up: (connection: { exec(sql: string): void }) =>
        connection.exec('ALTER TABLE loan ADD COLUMN since TEXT'),
    }
    const snapshots = [...declarations, { ...oldest, name: 'v3', version: 3 }]
    return { fixtures, plan: definePlan([...plan.migrations, addDates], userVersion()), snapshots }
  }
  const oldest = { form: 'versioned', origin: 'release 3', releases: [] }

  it('is named, with the command that freezes it', () => {
    expect(messagesOf(withNewVersion())).toEqual([
      `schemas/v4: expected an entry in the ledger, found none; ${fix}.`,
      `snapshots/v3: expected an entry in the ledger, found none; ${fix}.`,
      `migrations/v4: expected an entry in the ledger, found none; ${fix}.`,
    ])
  })

  it('waits for a person to read its draft', () => {
    const suite = withNewVersion()
    writeText(suite, 'schemas/v4.sql', draftHeader('is it?') + String(goldens.v3))
    writeText(suite, 'rows/v3.sql', draftHeader('are they?'))
    const waits = (file: string) =>
      `expected an entry in the ledger, found none, and ${file} is a draft that is not reviewed; read the draft, delete its first lines, and ${fix}.`
    expect(messagesOf(suite)).toEqual([
      `schemas/v4: ${waits('schemas/v4.sql')}`,
      `snapshots/v3: ${waits('rows/v3.sql')}`,
      `migrations/v4: ${waits('schemas/v4.sql')}`,
    ])
  })

  it('waits no more once the draft was read', () => {
    const suite = withNewVersion()
    writeText(suite, 'schemas/v4.sql', String(goldens.v3))
    expect(messagesOf(suite)[0]).toBe(`schemas/v4: expected an entry in the ledger, found none; ${fix}.`)
  })

  it('is nothing where the plan ends earlier than the ledger, which is changed history', () => {
    const suite = { ...makeFrozenSuite(), plan: earlier() }
    expect(checkFixtures(suite).failures.map(({ fixture }) => fixture)).toEqual(['migrations/v3'])
  })
})

/**
 * Goal: anyone who changes what is frozen reads one sentence that says what it was, what it is now, and what to do.
 */
import { describe, expect, it } from 'vitest'
import { definePlan } from '../../src/migrator/plan.ts'
import { userVersion } from '../../src/migrator/version-store.ts'
import type { FixtureSuite } from '../../src/snapshots/declaration.ts'
import { hashText, sha256 } from '../../src/snapshots/hash.ts'
import { findChangedHistory } from '../../src/snapshots/history.ts'
import type { Ledger, MigrationEntry, SnapshotEntry } from '../../src/snapshots/ledger.ts'
import { createAuthors, createBooks, declarations, goldens, makeWrittenSuite, writeText } from './library.ts'

const oldHash = `${'0123456789ab'}${'c'.repeat(52)}`
const newHash = `${'ba9876543210'}${'d'.repeat(52)}`

const empty: Ledger = { format: 1, schemas: [], snapshots: [], migrations: [] }
const first: SnapshotEntry = {
  name: 'v1',
  version: 1,
  form: 'versioned',
  origin: 'the first release',
  releases: [],
  fileHash: oldHash,
  engine: '3.53.2',
  contentHash: oldHash,
  schemaHash: oldHash,
  tables: [],
}

function messages(suite: FixtureSuite, ledger: Partial<Ledger>, migrations: readonly MigrationEntry[] = []) {
  const present = migrations.map((entry) => ({
    entry,
    file: null,
    isSqlAlone: true,
    consequence: null,
    firstStatement: null,
    failures: new Map<string, string>(),
  }))
  return findChangedHistory(suite, { ...empty, ...ledger }, present).map(({ message }) => message)
}

describe('a golden schema', () => {
  const pinned = (name: string) => ({ schemas: [{ name, version: 1, hash: oldHash }] })

  it('that was edited', () => {
    expect(messages(makeWrittenSuite(), pinned('v1'))).toEqual([
      `schemas/v1: expected the text of SHA-256 ${oldHash}, found ${hashText(String(goldens.v1))}; undo the change of the golden schema; where two branches added v1, say which of them is released: it keeps the number, and the other becomes the next version.`,
    ])
  })

  it('that was deleted', () => {
    expect(messages(makeWrittenSuite(), pinned('v9'))).toEqual([
      `schemas/v9: expected the text of SHA-256 ${oldHash}, found no file; undo the change of the golden schema; where two branches added v9, say which of them is released: it keeps the number, and the other becomes the next version.`,
    ])
  })
})

describe('a snapshot', () => {
  it('that is declared no more', () => {
    expect(messages(makeWrittenSuite(), { snapshots: [{ ...first, name: 'v1-lost' }] })).toEqual([
      'snapshots/v1-lost: expected its declaration in the suite, found none; declare it again.',
    ])
  })

  it.for([
    ['version', { ...first, version: 2 }, `version 2, form 'versioned'`],
    ['form', { ...first, form: 'old' }, `version 1, form 'old'`],
  ] as const)('that is declared as another %s', ([, entry, expected]) => {
    expect(messages(makeWrittenSuite(), { snapshots: [entry] })).toEqual([
      `snapshots/v1: expected ${expected}, found a declaration of version 1, form 'versioned'; undo the change of the declaration.`,
    ])
  })

  it('whose file changed', () => {
    const suite = makeWrittenSuite()
    writeText(suite, 'snapshots/v1.db', 'other bytes')
    expect(messages(suite, { snapshots: [first] })).toEqual([
      `snapshots/v1: expected a file of SHA-256 ${oldHash}, found ${sha256('other bytes')}; restore the file from version control: a frozen snapshot never changes.`,
    ])
  })

  it('is no failure when its file is as it was, or is missing', () => {
    const suite = makeWrittenSuite()
    expect(messages(suite, { snapshots: [first] })).toEqual([])
    writeText(suite, 'snapshots/v1.db', 'the bytes')
    expect(messages(suite, { snapshots: [{ ...first, fileHash: sha256('the bytes') }] })).toEqual([])
  })

  it('that is not declared for a version before the latest', () => {
    const plan = definePlan([createAuthors, createBooks], userVersion())
    const suite = makeWrittenSuite({ plan, snapshots: declarations.filter(({ version }) => version !== 1) })
    expect(messages(suite, {})).toEqual([
      'snapshots/v1: expected a declared snapshot of version 1, found none; declare it in the suite, with its origin and the releases that left it behind.',
    ])
  })
})

describe('a migration', () => {
  const migrations = [{ version: 2, statements: 3, hash: oldHash }]
  const fix =
    'undo the change: people hold files that were made by it as it was; where two branches added v2, say which of them is released: it keeps the number, and the other becomes the next version'

  it('whose statements changed', () => {
    expect(
      messages(makeWrittenSuite(), { migrations }, [{ version: 2, statements: 4, hash: newHash }]),
    ).toEqual([
      `migrations/v2: expected 3 statements of hash 0123456789ab, as the ledger pins, found 4 statements of hash ba9876543210; ${fix}.`,
    ])
  })

  it('that was removed', () => {
    expect(messages(makeWrittenSuite(), { migrations })).toEqual([
      'migrations/v2: expected the migration v2, as it was released, found none of that version; the latest is none; bring v2 back, and its line in the list of migrations: people hold files of it.',
    ])
  })

  it('that is as it was is no failure', () => {
    expect(messages(makeWrittenSuite(), { migrations }, migrations)).toEqual([])
  })
})

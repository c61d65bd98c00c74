// Goal: a file that cannot be upgraded is refused in one clear sentence, with the documented exit code, and stays as
// it was, byte for byte.
import { randomBytes } from 'node:crypto'
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { exitCodeOf } from '../../src/cli/errors.ts'
import { previewUpgrade } from '../../src/upgrade/preview.ts'
import { makePlace } from './place.ts'

const place = makePlace()
const { folder, image, file, suite, change, rewrite } = place
afterAll(place.remove)
beforeEach(place.clear)

/** Each with the whole message, in which FILE is the path. */
const refusals = [
  {
    name: 'a folder that has the name of the journal',
    make: () => {
      change('PRAGMA journal_mode = DELETE')
      mkdirSync(`${file}-journal`)
    },
    says: 'FILE-journal: expected a regular file, or none, found a folder; move it away: SQLite uses that name for a file of its own.',
  },
  {
    name: 'a link that has the name of the log',
    make: () => {
      change('PRAGMA journal_mode = WAL')
      writeFileSync(join(folder, 'other'), '')
      symlinkSync(join(folder, 'other'), `${file}-wal`)
    },
    says: 'FILE-wal: expected a regular file, or none, found a symbolic link; replace it with the file that it leads to, if that file belongs to this database, or move the link away.',
  },
  {
    name: 'no file',
    make: () => {},
    says: 'FILE: expected a database file, found no file; check the path.',
  },
  {
    name: 'a folder',
    make: () => mkdirSync(file),
    says: 'FILE: expected a database file, found a folder; name a file in it.',
  },
  {
    name: 'zero bytes',
    make: () => writeFileSync(file, ''),
    says: 'FILE: expected a database with something in it, found an empty file, which is a fresh install; check the path, or start the server, which makes its tables by itself.',
  },
  {
    name: 'no database',
    make: () => writeFileSync(file, 'a letter, '.repeat(900)),
    says: 'FILE: expected an SQLite database, found a file of another kind; check the path; the file was not changed.',
  },
  {
    name: 'an encrypted file',
    make: () => writeFileSync(file, randomBytes(12_288)),
    says: 'FILE: expected a plain SQLite database, found an encrypted or compressed file; check the path; the file was not changed.',
  },
  {
    name: 'a truncated file',
    make: () => rewrite((bytes) => bytes.subarray(0, 8192)),
    says: 'FILE: expected 204800 bytes as its header says, found 8192 bytes; restore it from a backup, or copy it again.',
  },
  {
    name: 'a file whose first page is garbage',
    make: () => rewrite((bytes) => bytes.fill(0xff, 100, 4096)),
    says: "FILE: expected a whole SQLite database, found the error 'SQLITE_CORRUPT'; restore it from a backup.",
  },
  {
    name: 'a header that lets only a newer SQLite write',
    make: () =>
      rewrite((bytes) => {
        bytes.writeUInt8(3, 18)
        return bytes
      }),
    says: 'FILE: expected a file that this SQLite can write, found one that it can only read (SQLITE_READONLY); check its permissions, and bytes 18 and 19 of its header, by which a newer SQLite allows no other to write.',
  },
  {
    name: 'a WAL without its database',
    make: () => writeFileSync(`${file}-wal`, 'frames'),
    says: 'FILE: expected a database file, found only its write-ahead log; put the two files together again.',
  },
  {
    name: 'a symbolic link',
    make: () => {
      copyFileSync(image, join(folder, 'real.db'))
      symlinkSync('real.db', file)
    },
    says: 'FILE: expected the database file itself, found a symbolic link to FOLDER/real.db; name the file that it leads to.',
  },
  {
    name: 'a link to nothing',
    make: () => symlinkSync('nowhere.db', file),
    says: 'FILE: expected the database file itself, found a symbolic link to a file that is not there; name the file that it leads to.',
  },
  {
    name: 'a newer version',
    make: () => change('INSERT INTO schema_version (version) VALUES (2), (3)'),
    says: 'FILE: expected version 2 or an older one, found version 3, which newer software made; run the release of this program that knows it; the file needs no upgrade by this one.',
  },
  {
    name: 'a version table with a gap',
    make: () => change('UPDATE schema_version SET version = 2'),
    says: 'The versions of the database: expected version 1 below version 2, found a gap; restore the file from a backup, or find out which migrations were really applied.',
  },
  {
    name: 'a version that is no number',
    make: () =>
      change(
        "DROP TABLE schema_version; CREATE TABLE schema_version (version, applied_at); INSERT INTO schema_version VALUES ('one', '')",
      ),
    says: 'Table schema_version: expected versions of 1 and more, found a text value; restore the file from a backup, or correct the versions by hand.',
  },
  {
    name: 'a trigger on the versions',
    make: () => change('CREATE TRIGGER own AFTER INSERT ON schema_version BEGIN DELETE FROM note; END'),
    says: 'FILE, table schema_version: expected no trigger on the table of the versions, found the trigger own; drop the trigger, and run again.',
  },
  {
    name: 'a drifted schema',
    make: () => change('ALTER TABLE note ADD COLUMN own TEXT'),
    exitCode: 1,
    says: 'Schema at version 1, table note, column own: expected none, found TEXT; compare the file with its version, and correct or restore it before it is migrated.',
  },
  {
    name: 'a missing table',
    make: () => change('DROP TABLE note'),
    exitCode: 1,
    says: 'Schema at version 1, table note, existence: expected a table (text), found none; compare the file with its version, and correct or restore it before it is migrated.',
  },
  {
    name: 'a table named like the index to come',
    make: () => change('CREATE TABLE item_name (a)'),
    exitCode: 1,
    says: 'Name that version 2 needs, table item_name, type: expected index item_name, found table item_name; rename or drop what is in the way, or restore the file from a backup.',
  },
]

/** What the command prints of an upgrade that fails: the sentence, and its exit code. */
async function explainFailure(upgrade: Promise<unknown>) {
  const error: unknown = await upgrade.catch((thrown: unknown) => thrown)
  const message = error instanceof Error ? error.message : 'no error'
  const says = message.replaceAll(file, 'FILE').replaceAll(folder, 'FOLDER')
  return { says, exitCode: exitCodeOf(error) }
}

describe('refused and left as it was:', () => {
  it.for(refusals)('$name', async ({ make, says, exitCode = 2 }) => {
    make()
    const before = place.read()
    expect(await explainFailure(place.run())).toEqual({ says, exitCode })
    expect(place.read()).toEqual(before)
  })

  it('too little space, with what is needed and what there is', async () => {
    copyFileSync(image, file)
    const before = place.read()
    const { says, exitCode } = await explainFailure(place.run({ freeBytes: 100_000 }))
    expect(says).toMatch(
      /^FILE: expected \d{6} free bytes in \S+ for the backup, the growth of the file, .*, found 100000; make room there, or name another disk: /,
    )
    expect(exitCode).toBe(2)
    expect(place.read()).toEqual(before)
  })

  it.for([
    { name: 'a writer in the middle of a transaction', sql: 'BEGIN IMMEDIATE' },
    { name: 'a reader', sql: 'BEGIN; SELECT * FROM note' },
    { name: 'an idle connection in WAL mode', sql: 'PRAGMA journal_mode = WAL; SELECT * FROM note' },
  ])('a file held by $name', async ({ sql }) => {
    copyFileSync(image, file)
    const other = new Database(file)
    other.exec(sql)
    const before = place.read()
    expect(await explainFailure(place.run())).toEqual({
      says: 'FILE: expected a file that no other process has open, found another connection that reads or writes it; stop the server and whatever else uses the file, and run again.',
      exitCode: 2,
    })
    expect(place.read()).toEqual(before)
    other.close()
  })

  it('a folder for the backup that is none', () => {
    copyFileSync(image, file)
    const options = { plan: suite.plan, rehearsalFolder: null }
    expect(() => previewUpgrade(file, { ...options, backupFolder: join(folder, 'none') })).toThrow(
      /found no such folder;/,
    )
    expect(() => previewUpgrade(file, { ...options, backupFolder: file })).toThrow(/found something else;/)
  })
})

// Goal: each level of proof finds what docs/upgrade.md says that it finds, and no less: damage of a tree, an index that
// lacks an entry, and a backup that is not the file, each where the migration wrote and where it did not. What was there
// before is no fault of the migration.
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  copyFileSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { defineConfig, type MigrationConnection, type Suite } from '../../src/index.ts'
import type { ProofLevel, UpgradeEvent } from '../../src/upgrade/model.ts'
import { makeFolder, makeShop, shopWith, upgrade } from './shop.ts'

const folder = makeFolder()
const image = join(folder.path, 'image.db')
const file = join(folder.path, 'place', 'shop.db')
const levels: readonly ProofLevel[] = ['quick', 'default', 'thorough']

beforeAll(() =>
  makeShop(
    image,
    `CREATE INDEX note_text ON note (text); CREATE INDEX item_name ON item (name);
     CREATE INDEX item_cheap ON item (price) WHERE price < 300`,
  ),
)
afterAll(folder.remove)
beforeEach(() => {
  const place = join(file, '..')
  rmSync(place, { recursive: true, force: true })
  mkdirSync(place)
  copyFileSync(image, file)
})

/** Both are of version 2: one writes to rows of `item`, the other one does not. */
const writesItem = "UPDATE item SET body = 'another' WHERE id = 7"
const writesTag = "UPDATE tag SET item = item WHERE name = 'tag 1'"

/** Their rows are not under test. */
const changed = ['note', 'item'].map((table) => ({ table, reason: 'as asked' }))

/** What becomes of an upgrade, by its level. */
type Ends = Readonly<Record<ProofLevel, RegExp | null>>

/** Damage of the file from before the upgrade. */
const damages: readonly {
  readonly name: string
  readonly damage: () => void
  readonly migration: string
  readonly ends: Ends
}[] = [
  {
    name: 'the tree of a table that is not written to',
    damage: () => swapRows('item'),
    migration: writesTag,
    ends: {
      quick: null,
      default: /quick_check says '.*out of order/,
      thorough: /integrity_check says '.*out of order/,
    },
  },
  {
    name: 'the tree of a table that is written to',
    damage: () => swapRows('item'),
    migration: writesItem,
    ends: {
      quick: /quick_check says '.*out of order/,
      default: /quick_check says '.*out of order/,
      thorough: /integrity_check says '.*out of order/,
    },
  },
  {
    name: 'the tree of a table that gains an index',
    damage: () => swapRows('item'),
    migration: 'CREATE INDEX item_price ON item (price)',
    ends: {
      quick: /quick_check says|integrity_check says/,
      default: /quick_check says '.*out of order/,
      thorough: /integrity_check says '.*out of order/,
    },
  },
  {
    name: 'a missing entry of an index of a table that is not written to',
    damage: () => hideIndex('item_name', "INSERT INTO item (name, price) VALUES ('unseen', 900)"),
    migration: writesTag,
    ends: {
      quick: null,
      default: /quick_check says 'wrong # of entries in index item_name/,
      thorough: /integrity_check says '.*item_name/,
    },
  },
  {
    name: 'a missing entry of an index of a table that is written to',
    damage: () => hideIndex('item_name', "INSERT INTO item (name, price) VALUES ('unseen', 900)"),
    migration: writesItem,
    ends: {
      quick: /quick_check says 'wrong # of entries in index item_name/,
      default: /quick_check says 'wrong # of entries in index item_name/,
      thorough: /integrity_check says '.*item_name/,
    },
  },
  {
    name: 'a missing entry of a partial index of a table that is not written to',
    damage: () => hideIndex('item_cheap', "INSERT INTO item (name, price) VALUES ('unseen', 9)"),
    migration: writesTag,
    ends: { quick: null, default: null, thorough: /integrity_check says '.*item_cheap/ },
  },
  {
    name: 'a missing entry of a partial index of a table that is written to',
    damage: () => hideIndex('item_cheap', "INSERT INTO item (name, price) VALUES ('unseen', 9)"),
    migration: writesItem,
    ends: {
      quick: /integrity_check says '.*item_cheap/,
      default: /integrity_check says '.*item_cheap/,
      thorough: /integrity_check says '.*item_cheap/,
    },
  },
  {
    name: 'an entry of another row in an index of a table that is not written to',
    damage: () => hideIndex('item_name', "UPDATE item SET name = 'another' WHERE id = 9"),
    migration: writesTag,
    ends: { quick: null, default: null, thorough: /integrity_check says '.*item_name/ },
  },
  {
    name: 'an entry of another row in an index of a table that is written to',
    damage: () => hideIndex('item_name', "UPDATE item SET name = 'another' WHERE id = 9"),
    migration: writesItem,
    ends: {
      quick: null,
      default: /integrity_check says '.*item_name/,
      thorough: /integrity_check says '.*item_name/,
    },
  },
]

describe.for(levels)('at the level %s, a file with damage of', (level) => {
  it.for(damages)('$name', async ({ damage, migration, ends }) => {
    damage()
    const before = readFileSync(file)
    const end = ends[level]
    for (const hasBackup of [true, false]) {
      const tried = upgrade({ suite: shopWith(migration, changed), file, level, hasBackup })
      if (end === null) expect((await tried).level).toBe(level)
      else {
        // It is not the migration that is blamed.
        await expect(tried).rejects.toMatchObject({ name: 'UpgradeRefusedError', reason: 'damaged' })
        await expect(tried).rejects.toThrow(end)
        expect(readFileSync(file).equals(before)).toBe(true)
      }
      if (end === null) {
        copyFileSync(image, file)
        damage()
      }
    }
  })
})

const lateIndex = 'CREATE INDEX late ON note (text)'

/** What a migration does to an index, or to rows without their index. */
const faults: readonly {
  readonly name: string
  readonly migration: string
  readonly declared?: string
  readonly levels: readonly ProofLevel[]
}[] = [
  {
    name: 'a new index without entries of all rows',
    migration: changeIndex(`${lateIndex} WHERE text = 'x'`, lateIndex),
    declared: lateIndex,
    levels,
  },
  {
    name: 'a new partial index without entries of all its rows',
    migration: changeIndex(`${lateIndex} WHERE text = 'x'`, `${lateIndex} WHERE text = 'noted'`),
    declared: `${lateIndex} WHERE text = 'noted'`,
    levels,
  },
  {
    name: 'a row without its entry',
    migration: withoutIndex(
      'note_text',
      "INSERT INTO note VALUES ('unseen'); DELETE FROM note WHERE text = 'unseen' AND 0",
    ),
    levels,
  },
  {
    name: 'a row with the entry of another one',
    migration: withoutIndex('item_name', "UPDATE item SET name = 'another' WHERE id = 9"),
    levels: ['default', 'thorough'],
  },
]

describe.for(levels)('at the level %s, a migration that leaves', (level) => {
  it.for(faults.filter(({ levels: found }) => found.includes(level)))(
    '$name is undone',
    async ({ migration, declared = '' }) => {
      const before = readFileSync(file)
      const suite = shopWithFault(migration, declared)
      for (const hasBackup of [true, false]) {
        const tried = upgrade({ suite, file, level, hasBackup, isUnsafe: true })
        await expect(tried).rejects.toMatchObject({
          name: 'UpgradeNotProvenError',
          problems: expect.arrayContaining([expect.objectContaining({ code: 'integrity' })]),
        })
        expect(readFileSync(file).equals(before)).toBe(true)
      }
    },
  )
})

describe.for(levels)('at the level %s, a backup with a flipped bit', (level) => {
  const suite = shopWith(writesTag)
  const at = (step: UpgradeEvent['step'], work: (backup: string) => void) => {
    let backup = ''
    let isDone = false
    return {
      report: (event: UpgradeEvent) => {
        if (event.step === 'backup-made') backup = event.path
        if (event.step !== step || isDone) return
        isDone = true
        work(backup)
      },
    }
  }

  it.for([2, 9, 30])('in page %i when it is made is not taken for the file', async (page) => {
    const before = readFileSync(file)
    const observer = at('backup-check', () => flipBit(findDraft(), page))
    const tried = upgrade({ suite, file, level, observer })
    await expect(tried).rejects.toMatchObject({ name: 'BackupDiffersError' })
    await expect(tried).rejects.toThrow(new RegExp(`found another page ${page};`))
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(readdirSync(join(file, '..'))).toEqual(['shop.db'])
  })

  it('or cut when it is made is not taken for the file', async () => {
    const observer = at('backup-check', () => flipBit(findDraft(), 1, statSync(file).size))
    await expect(upgrade({ suite, file, level, observer })).rejects.toThrow(/found another page/)
  })

  it('while the migrations run is found before COMMIT', async () => {
    const before = readFileSync(file)
    const observer = at('migration', (backup) => flipBit(backup, lastPageOf('item_name')))
    const tried = upgrade({ suite, file, level, observer })
    await expect(tried).rejects.toMatchObject({ name: 'BackupLostError' })
    await expect(tried).rejects.toThrow(/found one with other bytes;/)
    expect(readFileSync(file).equals(before)).toBe(true)
  })

  it('that no time of the file system shows is found by thorough alone', async () => {
    const observer = at('migration', (backup) => {
      const { atimeNs, mtimeNs } = statSync(backup, { bigint: true })
      flipBit(backup, lastPageOf('item_name'))
      setTimes(backup, atimeNs, mtimeNs)
    })
    const end = await upgrade({ suite, file, level, observer }).catch((error: unknown) => error)
    expect((end as Error).name).toBe(level === 'thorough' ? 'BackupLostError' : undefined)
  })

  it('has none: a file in WAL mode, its log included, is what its backup holds', async () => {
    const database = new Database(file)
    database.exec("PRAGMA journal_mode = WAL; INSERT INTO note VALUES ('in the log')")
    copyFileSync(`${file}-wal`, `${file}.log`)
    copyFileSync(file, `${file}.main`)
    database.close()
    copyFileSync(`${file}.main`, file)
    copyFileSync(`${file}.log`, `${file}-wal`)
    const { backup } = await upgrade({ suite, file, level })
    const made = new Database(backup ?? '', { readonly: true })
    expect(made.prepare("SELECT count(*) FROM note WHERE text = 'in the log'").pluck().get()).toBe(1)
    made.close()
  })
})

it('a column that is added makes no one look up each entry of each index', async () => {
  const { proofs } = await upgrade({ suite: shopWith('ALTER TABLE item ADD COLUMN colour TEXT'), file })
  expect(proofs.find(({ proof }) => proof === 'integrity')?.detail).toBe(
    'all pages and trees are sound, and each entry of the indexes of 1 table that was written to',
  )
})

/** What a version looks like is built in memory, where no one may write to the schema. */
function shopWithFault(sql: string, declared: string): Suite {
  const { migrations } = shopWith('').plan
  const up = (connection: MigrationConnection) => {
    const isInMemory = connection.all('PRAGMA database_list')[0]?.file === ''
    connection.exec(isInMemory ? declared : sql)
  }
  const [first] = migrations
  if (first === undefined) throw new Error('a shop has a first version')
  return defineConfig({
    name: 'shop',
    fixtures: join(folder.path, 'no-fixtures'),
    migrations: [first, { version: 2, name: 'second', up, dataChanges: changed }],
  })
}

/** Runs SQL while the schema does not know an index. */
function withoutIndex(index: string, sql: string): string {
  return `CREATE TEMP TABLE kept AS SELECT * FROM sqlite_schema WHERE name = '${index}';
    PRAGMA writable_schema = ON; DELETE FROM sqlite_schema WHERE name = '${index}'; PRAGMA writable_schema = RESET;
    ${sql};
    PRAGMA writable_schema = ON; INSERT INTO sqlite_schema SELECT * FROM kept; PRAGMA writable_schema = RESET;
    DROP TABLE temp.kept`
}

function changeIndex(made: string, sql: string): string {
  return `${made}; PRAGMA writable_schema = ON;
    UPDATE sqlite_schema SET sql = '${sql.replaceAll("'", "''")}' WHERE sql = '${made.replaceAll("'", "''")}';
    PRAGMA writable_schema = RESET`
}

function hideIndex(index: string, sql: string) {
  const database = new Database(file)
  database.unsafeMode().exec(withoutIndex(index, sql))
  database.close()
}

/** Exchanges the first two rows in a leaf of a table, so that their rowids are out of order. */
function swapRows(table: string) {
  const database = new Database(file)
  const page = database
    .prepare(
      "SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf' ORDER BY ncell DESC, pageno DESC LIMIT 1",
    )
    .pluck()
    .get(table) as number
  const pageBytes = database.pragma('page_size', { simple: true }) as number
  database.close()
  change(file, (page - 1) * pageBytes + 8, 4, (bytes) =>
    Buffer.concat([bytes.subarray(2), bytes.subarray(0, 2)]),
  )
}

/** To the nanosecond, which Node's own functions do not do. */
function setTimes(path: string, atimeNs: bigint, mtimeNs: bigint) {
  const seconds = (time: bigint) => `@${time / 1_000_000_000n}.${`${time % 1_000_000_000n}`.padStart(9, '0')}`
  execFileSync('touch', ['-a', '-d', seconds(atimeNs), path])
  execFileSync('touch', ['-m', '-d', seconds(mtimeNs), path])
}

function lastPageOf(index: string): number {
  const database = new Database(image, { readonly: true })
  const page = database.prepare('SELECT max(pageno) FROM dbstat WHERE name = ?').pluck().get(index) as number
  database.close()
  return page
}

function flipBit(path: string, page: number, offset = 0) {
  change(path, (page - 1) * 4096 + offset + (offset === 0 ? 4000 : 0), 1, (bytes) =>
    Buffer.from([(bytes[0] ?? 0) ^ 1]),
  )
}

function change(path: string, position: number, length: number, edit: (bytes: Buffer) => Buffer) {
  const descriptor = openSync(path, 'r+')
  const bytes = Buffer.alloc(length)
  readSync(descriptor, bytes, 0, length, position)
  const edited = edit(bytes)
  writeSync(descriptor, edited, 0, edited.length, position)
  closeSync(descriptor)
}

function findDraft(): string {
  const place = join(file, '..')
  const run = readdirSync(place).find((name) => name.includes('.unfinished-')) ?? ''
  return join(place, run, 'backup.db')
}

// Goal: `verify --against` proves the upgrade of a real file without any fixtures, only reads that file, shows no value of it,
// and leaves nothing behind.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { ownBundle, packageFolder, type Run } from '../support/command-line.ts'
import { library } from '../support/notes-project.ts'
import { makeProject } from '../support/scratch-project.ts'

const migrations = (third: string) => `export const migrations = [
  { version: 1, name: 'notes', up: (db) => db.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)') },
  { version: 2, name: 'tags', up: (db) => db.exec('CREATE TABLE tag (name TEXT, note INTEGER REFERENCES note ON DELETE CASCADE); CREATE INDEX tag_note ON tag (note)') },
  { version: 3, name: 'third', ${third} },
]
`

const project = makeProject({
  'package.json': '{ "name": "notes", "type": "module" }\n',
  'migrations.mjs': migrations(`up: (db) => db.exec('CREATE INDEX note_text ON note (text)')`),
  'migration-proof.config.mjs': `import { defineConfig } from '${library}'
import { migrations } from './migrations.mjs'
export default defineConfig({ name: 'notes', migrations })
`,
})
const { folder } = project
chmodSync(folder, 0o755)
const temporary = mkdtempSync(join(tmpdir(), 'against-'))
afterAll(() => {
  project.destroy()
  rmSync(temporary, { recursive: true })
})

const file = join(folder, 'data.db')
const secret = 'a secret of a user'

/** A file at version 2, with three notes and two tags. */
function makeFile(path = file, sql = '') {
  for (const ending of ['', '-wal', '-shm', '-journal']) rmSync(path + ending, { force: true })
  const database = new Database(path)
  database.exec(`CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
    INSERT INTO schema_version (version) VALUES (1), (2);
    CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);
    CREATE TABLE tag (name TEXT, note INTEGER REFERENCES note ON DELETE CASCADE);
    CREATE INDEX tag_note ON tag (note);
    INSERT INTO note VALUES (1, '${secret}'), (2, '${secret} too'), (3, NULL);
    INSERT INTO tag VALUES ('${secret}', 1), ('other', 2); ${sql}`)
  database.close()
}

function against(given: string, ...options: readonly string[]): Run {
  return project.run(['verify', '--against', given, ...options], { env: { TMPDIR: temporary } })
}

const left = () => readdirSync(temporary)

beforeEach(() => {
  project.write('migrations.mjs', migrations(`up: (db) => db.exec('CREATE INDEX note_text ON note (text)')`))
  makeFile()
})

describe('a file of an older version', () => {
  it('is proven to upgrade, in a few lines that say what of it was', () => {
    const before = readFileSync(file)
    const { exitCode, stdout, stderr } = against('data.db')
    expect(stdout).toMatch(
      /^notes, v1 to v3 \(migration-proof\.config\.mjs\)\ndata\.db: v2, 5 rows in 2 tables, /,
    )
    expect(stdout).toMatch(/^Pending: v3 third\.$/m)
    expect(stdout).toMatch(/^✓ fresh +the schema of a fresh install: 3 tables, 2 indexes, 1 foreign\n/m)
    expect(stdout).toMatch(/^✓ rows +every row, column and value kept: note 3, tag 2$/m)
    expect(stdout).toMatch(/^✓ interruption +whole, with every row, after a stop at each of 5 statements;/m)
    expect(stdout.replaceAll('\n', ' ')).toMatch(
      /data\.db upgrades from v2 to v3: 10 checks passed in .*\. The file itself was only read\. $/,
    )
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(stdout).toMatch(/^Not run: golden \(no golden schema v3\), facts/m)
    expect([exitCode, stderr]).toEqual([0, ''])
    expect(readFileSync(file)).toEqual(before)
    expect(readdirSync(folder)).not.toContain('fixtures')
    expect(left()).toEqual([])
  })

  it('is proven as JSON too', () => {
    const { stdout } = against('data.db', '--json')
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({ suite: 'notes', file: 'data.db', outcome: 'passed', from: 2, to: 3 })
    expect(result.pending).toEqual([{ version: 3, name: 'third' }])
    expect(result.tables).toContainEqual({ name: 'note', rowsBefore: 3, rowsAfter: 3 })
    expect(result.checks).toContainEqual(
      expect.objectContaining({
        check: 'golden',
        outcome: 'not-applicable',
        notCompared: 'no golden schema v3',
      }),
    )
    expect(result.problems).toEqual([])
  })

  it('keeps objects of its own, which are no difference', () => {
    makeFile(file, 'CREATE TABLE own (a); CREATE INDEX own_index ON note (id, text)')
    expect(against('data.db').exitCode).toBe(0)
  })

  it('is found where a link leads to it', () => {
    rmSync(join(folder, 'link.db'), { force: true })
    symlinkSync(file, join(folder, 'link.db'))
    expect(against('link.db').exitCode).toBe(0)
  })

  it('is compared with a golden schema where there is one', () => {
    const frozen = project.copy()
    frozen.write('fixtures/schemas/v3.sql', 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);\n')
    const { exitCode, stdout } = frozen.run(['verify', '--against', 'data.db'])
    expect(stdout).toMatch(/^✗ golden /m)
    expect(stdout).toContain('verify --against data.db')
    expect(exitCode).toBe(1)
  })
})

describe('a file in use', () => {
  it('is read with what its write-ahead log holds, and its locks and files stay as they are', () => {
    const database = new Database(file)
    try {
      database.pragma('journal_mode = WAL')
      database.pragma('wal_autocheckpoint = 0')
      database.exec(`INSERT INTO note VALUES (4, 'in the log')`)
      const before = ['', '-wal'].map((ending) => readFileSync(file + ending))
      database.exec('BEGIN IMMEDIATE')
      const { exitCode, stdout } = against('data.db')
      database.exec('ROLLBACK')
      expect(stdout).toContain('data.db: v2, 6 rows in 2 tables')
      expect(exitCode).toBe(0)
      expect(['', '-wal'].map((ending) => readFileSync(file + ending))).toEqual(before)
    } finally {
      database.close()
    }
  })

  // Root may write everywhere: then another user runs the command.
  const user = process.getuid?.() === 0 ? { user: 65_534 } : {}

  it.for(['DELETE', 'WAL'])('and read-only, in a folder that is too, in mode %s', (mode) => {
    const place = join(folder, 'read-only')
    rmSync(place, { recursive: true, force: true })
    mkdirSync(place)
    const path = join(place, 'data.db')
    makeFile(path, `PRAGMA journal_mode = ${mode}`)
    chmodSync(path, 0o444)
    chmodSync(place, 0o555)
    const open = mkdtempSync(join(tmpdir(), 'against-'))
    chmodSync(open, 0o777)
    try {
      const run = project.run(['verify', '--against', path], { env: { TMPDIR: open }, ...user })
      expect([run.exitCode, run.stderr]).toEqual([0, ''])
      expect([readdirSync(place), readdirSync(open)]).toEqual([['data.db'], []])
    } finally {
      chmodSync(place, 0o755)
      rmSync(open, { recursive: true })
    }
  })
})

describe('an upgrade that is not proven', () => {
  const faults: readonly (readonly [string, string, RegExp])[] = [
    ['rows that are lost', `up: (db) => db.exec('DELETE FROM tag WHERE note = 1')`, /^✗ table tag: rows$/m],
    [
      'values that change',
      `up: (db) => db.exec("UPDATE note SET text = upper(text)")`,
      /^✗ (table|column) note.*: rows$/m,
    ],
    [
      'a constraint that its rows break',
      `up: (db) => db.exec('CREATE TABLE n (id INTEGER PRIMARY KEY, text TEXT NOT NULL); INSERT INTO n SELECT * FROM note')`,
      /^✗ migration v3: upgrade$/m,
    ],
    [
      'SQL that is made of its values',
      `up: (db) => { for (const { text } of db.all('SELECT text FROM note')) db.exec("INSERT INTO tag VALUES ('" + text + "', 99)") }`,
      /^✗ /m,
    ],
    [
      'an error that names them',
      `up: (db) => { throw new Error(db.all('SELECT text FROM note')[0].text) }`,
      /^✗ migration v3: upgrade$/m,
    ],
    [
      'other parents',
      `foreignKeys: 'off', up: (db) => db.exec('CREATE TABLE t (name TEXT, note INTEGER REFERENCES note (id)); INSERT INTO t SELECT name, 3 - note FROM tag; DROP TABLE tag; ALTER TABLE t RENAME TO tag; CREATE INDEX tag_note ON tag (note)'), dataChanges: [{ table: 'tag', columns: ['note'], reason: 'wrong' }]`,
      /: references$/m,
    ],
    [
      'values that a declared change spoils',
      `up: (db) => db.exec('UPDATE note SET text = NULL'), dataChanges: [{ table: 'note', columns: ['text'], reason: 'wrong' }]`,
      /^✗ column note.text: conversions$/m,
    ],
  ]

  it.for(faults)(
    'for %s is a problem with the command that repeats it, and no value of the file',
    ([, third, expected]) => {
      project.write('migrations.mjs', migrations(third))
      const { exitCode, stdout, stderr } = against('data.db')
      expect(stdout).toMatch(expected)
      expect(stdout).toContain('verify --against data.db')
      expect(stdout.replaceAll('\n', ' ')).toContain('The upgrade of data.db from v2 to v3 is not proven')
      expect(stdout + stderr).not.toContain(secret)
      expect(exitCode).toBe(1)
      expect(left()).toEqual([])
    },
  )
})

describe('a file that cannot be upgraded', () => {
  it('is up to date: that is said, and its schema proven', () => {
    makeFile(file, 'CREATE INDEX note_text ON note (text); INSERT INTO schema_version (version) VALUES (3)')
    const { exitCode, stdout } = against('data.db')
    expect(stdout.replaceAll('\n', ' ')).toMatch(
      /data\.db is at the latest version, v3: there is nothing to upgrade\. 4 checks passed/,
    )
    expect(stdout).toMatch(/^✓ fresh +the schema of a fresh install/m)
    expect(stdout.replaceAll('\n', ' ')).toMatch(/stepwise, .*interruption, rollback \(nothing to upgrade\)/)
    expect(exitCode).toBe(0)
    expect(JSON.parse(against('data.db', '--json').stdout).outcome).toBe('up-to-date')
  })

  it('is not what its version says: each difference is a problem', () => {
    makeFile(file, 'DROP INDEX tag_note')
    const { exitCode, stdout } = against('data.db')
    expect(stdout).toMatch(/^✗ index tag_note.*: schema$/m)
    expect(stdout).toContain('Its upgrade was not tried.')
    expect(exitCode).toBe(1)
  })

  it.for([
    ['newer', 'INSERT INTO schema_version (version) VALUES (3), (4)', /version 4, which newer software made/],
    [
      'without a version between',
      'INSERT INTO schema_version (version) VALUES (4); DELETE FROM schema_version WHERE version = 1',
      /newer software|a gap/,
    ],
  ] as const)('is %s', ([, sql, expected]) => {
    makeFile(file, sql)
    const { exitCode, stderr } = against('data.db')
    expect(stderr).toMatch(expected)
    expect(exitCode).toBe(2)
    expect(left()).toEqual([])
  })

  it('is of another application, empty, no database, or not there', () => {
    rmSync(file)
    const other = new Database(file)
    other.exec('CREATE TABLE other (a)')
    other.close()
    writeFileSync(join(folder, 'empty.db'), '')
    writeFileSync(join(folder, 'text.db'), 'no database '.repeat(100))
    for (const [name, expected] of [
      ['data.db', /another application|of this application/],
      ['empty.db', /an empty file, which is a fresh install/],
      ['text.db', /text\.db/],
      ['none.db', /expected a database file, found no file/],
    ] as const) {
      const { exitCode, stdout, stderr } = against(name)
      expect(stderr).toMatch(expected)
      expect([exitCode, stdout, stderr.trimEnd().split('\n').length]).toEqual([2, '', 1])
      expect(readFileSync(join(folder, 'empty.db'))).toHaveLength(0)
    }
    expect(left()).toEqual([])
  })

  it('is too large to be proven in memory, and what proves it is named', () => {
    truncateSync(file, 250_000_001)
    const { exitCode, stderr } = against('data.db')
    expect(stderr).toContain('prove its upgrade by `upgrade FILE --dry-run`, which works on disk')
    expect(exitCode).toBe(2)
  })

  it('is damaged', () => {
    const bytes = readFileSync(file)
    bytes.fill(0xff, 4096 * 2 + 100, 4096 * 3)
    writeFileSync(file, bytes)
    const { exitCode, stderr } = against('data.db')
    expect(stderr).toMatch(/expected a sound database|malformed/)
    expect(exitCode).toBe(2)
    expect(left()).toEqual([])
  })
})

describe('notes of a tool that do not fit the migrations', () => {
  const shop = makeProject({
    'package.json': '{ "type": "module" }\n',
    'migration-proof.config.mjs': `import { defineConfig } from 'migration-proof'
import { TOOL } from 'migration-proof/TOOL'
export default defineConfig({ name: 'shop', ...TOOL('migrations') })
`,
  })
  afterAll(() => shop.destroy())
  mkdirSync(join(shop.folder, 'node_modules'))
  symlinkSync(packageFolder, join(shop.folder, 'node_modules/migration-proof'))
  symlinkSync(
    join(packageFolder, '../../node_modules/better-sqlite3'),
    join(shop.folder, 'node_modules/better-sqlite3'),
  )

  function projectOf(tool: string, files: Readonly<Record<string, string>>, sql: string) {
    const made = shop.copy()
    const config = made.read('migration-proof.config.mjs')
    made.write('migration-proof.config.mjs', config.replaceAll('TOOL', tool))
    for (const [name, text] of Object.entries(files)) made.write(`migrations/${name}`, text)
    const database = new Database(join(made.folder, 'data.db'))
    database.exec(sql)
    database.close()
    return made
  }

  const dbmate = (...ids: readonly string[]) =>
    `CREATE TABLE schema_migrations (version varchar(128) primary key); INSERT INTO schema_migrations VALUES ${ids.map((id) => `('${id}')`).join()}; CREATE TABLE a (x); CREATE TABLE c (x)`
  const steps = Object.fromEntries(
    ['a', 'b', 'c'].map((table, index) => [
      `${index + 1}_${table}.sql`,
      `-- migrate:up\nCREATE TABLE ${table} (x);\n-- migrate:down\n`,
    ]),
  )

  it('are proven where they do fit', () => {
    const made = projectOf('dbmate', steps, dbmate('1').replace('; CREATE TABLE c (x)', ''))
    const { exitCode, stdout } = made.run(['verify', '--against', 'data.db'])
    expect(stdout.replaceAll('\n', ' ')).toContain(
      'Its table schema_migrations and its schema agree with the migrations.',
    )
    expect(stdout).toContain('Applied by emulated rules of dbmate, not checked against the tool.')
    expect(exitCode).toBe(0)
  })

  it('say that a file was edited since, where the tool does not compare it', () => {
    const journal = {
      entries: [0, 1].map((index) => ({ idx: index, tag: `000${index}`, when: 1000 + index })),
    }
    const files = {
      'meta/_journal.json': JSON.stringify(journal),
      '0000.sql': 'CREATE TABLE a (x);\n',
      '0001.sql': 'CREATE TABLE b (x);\n',
    }
    const hash = createHash('sha256').update(files['0000.sql']).digest('hex')
    const made = projectOf(
      'drizzle',
      files,
      `CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric);
      INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('${hash}', 1000); CREATE TABLE a (x)`,
    )
    const looks = () => [made.run(['inspect', 'data.db']), made.run(['verify', '--against', 'data.db'])]
    for (const { stdout } of looks()) expect(stdout).not.toContain('Edited since')
    made.write('migrations/0000.sql', 'CREATE TABLE a (x); -- a comment\n')
    for (const { stdout } of looks())
      expect(stdout.replaceAll('\n', ' ')).toContain(
        'Edited since the file has had it, by the checksum that it notes and its tool does not compare: 0000.',
      )
    expect(JSON.parse(made.run(['inspect', 'data.db', '--json']).stdout).edited).toEqual(['0000'])
    expect(made.run(['verify', '--against', 'data.db']).exitCode).toBe(0)
  })

  it('are proven against the ledger, too, where there is one', () => {
    const made = projectOf('dbmate', steps, dbmate('1').replace('; CREATE TABLE c (x)', ''))
    const verify = ['verify', '--against', 'data.db']
    expect(made.run(verify).stdout).toContain('There is no ledger')
    made.run(['freeze'])
    made.run(['freeze', '--accept-drafts'])
    expect(made.run(verify)).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('The migrations are as the ledger pins them.'),
    })
    made.replace('migrations/2_b.sql', 'CREATE TABLE b (x);', 'CREATE TABLE b (x);\nSELECT 1;')
    const { stdout, exitCode } = made.run(verify)
    expect(stdout).toMatch(/^✗ migration v2: migration-edited$/m)
    expect(stdout.replaceAll('\n', ' ')).toContain('of migrations that are not as they were released')
    expect(exitCode).toBe(1)
  })

  it.for([
    ['late', dbmate('1', '3'), '2', 'In production, dbmate applies it after the others.'],
    ['unknown', dbmate('1', '7'), '7', 'In production, dbmate goes on.'],
  ] as const)('are %s', ([kind, sql, id, why]) => {
    const { exitCode, stdout } = projectOf('dbmate', steps, sql).run(['verify', '--against', 'data.db'])
    expect(stdout).toMatch(new RegExp(`^✗ migration ${id}.*: ${kind}-migration$`, 'm'))
    expect(stdout).toContain(why)
    expect(stdout).toContain('Its upgrade was not tried.')
    expect(exitCode).toBe(1)
  })

  it.for([
    ['unfinished', 'NULL', 'applies nothing before it is resolved'],
    ['changed', '1', 'goes on'],
  ] as const)('are %s', ([kind, finished, why]) => {
    const files = {
      '1_a/migration.sql': 'CREATE TABLE a (x);\n',
      '2_b/migration.sql': 'CREATE TABLE b (x);\n',
    }
    const made = projectOf(
      'prisma',
      files,
      `CREATE TABLE _prisma_migrations (id TEXT PRIMARY KEY NOT NULL, checksum TEXT NOT NULL, finished_at DATETIME, migration_name TEXT NOT NULL,
        logs TEXT, rolled_back_at DATETIME, started_at DATETIME NOT NULL DEFAULT current_timestamp, applied_steps_count INTEGER UNSIGNED NOT NULL DEFAULT 0);
      INSERT INTO _prisma_migrations (id, checksum, finished_at, migration_name) VALUES ('1', 'other', ${finished}, '1_a'); CREATE TABLE a (x)`,
    )
    const { exitCode, stdout } = made.run(['verify', '--against', 'data.db'])
    expect(stdout).toMatch(new RegExp(`^✗ migration 1_a: ${kind}-migration$`, 'm'))
    expect(stdout).toContain(`In production, prisma migrate deploy ${why}`)
    expect(stdout).toMatch(/^ {4}where {6}migrations\/1_a\/migration\.sql$/m)
    expect(exitCode).toBe(1)
  })
})

describe('a run that is stopped', () => {
  /** Starts it, and waits until its private folder holds the copy from before the upgrade. */
  async function start() {
    project.write(
      'migrations.mjs',
      migrations(
        `up: (db) => { Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, db.all('SELECT 1 FROM note').length === 0 ? 0 : 60_000) }`,
      ),
    )
    const child = spawn(process.execPath, [ownBundle, 'verify', '--against', 'data.db'], {
      cwd: folder,
      env: { ...process.env, TMPDIR: temporary },
      stdio: 'ignore',
    })
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)))
    const files = () => readdirSync(temporary, { recursive: true }).map(String)
    while (!files().some((name) => name.endsWith('snapshot.db')))
      await new Promise((resolve) => setTimeout(resolve, 20))
    const modes = files().map((name) => statSync(join(temporary, name)).mode & 0o077)
    expect(modes.every((mode) => mode === 0)).toBe(true)
    return { child, ended }
  }

  it.for(['SIGTERM', 'SIGINT'] as const)(
    'by %s removes its copies, and ends by that signal',
    async (signal) => {
      const { child, ended } = await start()
      child.kill(signal)
      expect(await ended).toBe(signal)
      expect(left()).toEqual([])
    },
  )

  it('by SIGKILL leaves its copies to the next run, which removes them', async () => {
    const { child, ended } = await start()
    child.kill('SIGKILL')
    await ended
    expect(left()).toHaveLength(1)
    project.write(
      'migrations.mjs',
      migrations(`up: (db) => db.exec('CREATE INDEX note_text ON note (text)')`),
    )
    expect(against('data.db').exitCode).toBe(0)
    expect(left()).toEqual([])
  })
})

it('goes with no option that is about snapshots', () => {
  for (const option of [['--snapshot', 'v1'], ['--every-path'], ['--no-cache'], ['--threads', '2']]) {
    const { exitCode, stderr } = against('data.db', ...option)
    expect(stderr).toContain(`${option[0]}: expected no --against beside it`)
    expect(exitCode).toBe(2)
  }
})

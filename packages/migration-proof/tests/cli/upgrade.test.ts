// Goal: an operator can upgrade a real file and go back: every option does what it says, every exit code is the
// documented one, a stop or a kill at any moment leaves a whole file, and no output holds a value of a row.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { isFileCheck } from '../../src/checks/check.ts'
import { checks } from '../../src/checks/index.ts'
import { ownBundle as bundle, type RunOptions } from '../support/command-line.ts'
import { forumFolder, latest, runOnForum, forum as suite } from '../support/forum.ts'
import { library, makeNotesProject } from '../support/notes-project.ts'

const folder = mkdtempSync(join(tmpdir(), 'upgrade-command-'))
const file = join(folder, 'place', 'data.db')
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  rmSync(dirname(file), { recursive: true, force: true })
  mkdirSync(dirname(file))
})

function takeSnapshot(name: string) {
  copyFileSync(join(suite.fixtures, 'snapshots', `${name}.db`), file)
}

function namesIn(place: string): string[] {
  return readdirSync(place).sort()
}

function versionOf(file: string): unknown {
  const database = new Database(file)
  try {
    return database.prepare('SELECT max(version) FROM schema_version').pluck().get()
  } finally {
    database.close()
  }
}

/** Runs an upgrade, and proves that it printed no value of a row. */
function upgrade(file: string, options: readonly string[] = [], runOptions: RunOptions = {}) {
  const values = valuesIn(file)
  const run = runOnForum(['upgrade', file, ...options], runOptions)
  expect(values.length).toBeGreaterThan(50)
  expect(values.filter((value) => `${run.stdout}${run.stderr}`.includes(value))).toEqual([])
  return run
}

/** Every text of the rows that is long enough not to be met by chance, and names nothing of the schema. */
function valuesIn(file: string): string[] {
  const database = new Database(file)
  try {
    const tables = database
      .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_version'")
      .pluck()
      .all()
    const rows = tables.flatMap((table) => database.prepare(`SELECT * FROM "${table}"`).raw().all())
    const isTelling = (value: unknown): value is string => typeof value === 'string' && value.length >= 8
    return rows.flat().filter(isTelling)
  } finally {
    database.close()
  }
}

describe('upgrade', () => {
  it('says what it will do, does it, says what was proven and how to go back, and has nothing to do again', () => {
    takeSnapshot('v2')
    const { exitCode, stdout, stderr } = upgrade(file)
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`${file}: version 2 of ${latest} (versioned), `)
    expect(stdout).toMatch(/To run +v3 posts by title, v4 /)
    expect(stdout).toMatch(/no one else can read or write the file for about /)
    for (const { name } of checks.filter(isFileCheck))
      expect(stdout).toContain(
        // The forum changes no key.
        name === 'references' ? '– references: no migration changes a key or a foreign key\n' : `✓ ${name}: `,
      )
    expect(stderr).toContain('Running v3 (posts by title)\n')
    expect(versionOf(file)).toBe(latest)

    const [, restore = ''] = /To go back: npm run restore -- (.+)/.exec(stdout) ?? []
    expect(runOnForum(['upgrade', file])).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('The schema is up to date: there is nothing to do.'),
    })
    const back = runOnForum(['restore', ...restore.split(' ')])
    expect(back).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('The previous file is ') })
    expect(versionOf(file)).toBe(2)
  })

  it('reports the same to machines', () => {
    takeSnapshot('v3')
    const { exitCode, stdout, stderr } = upgrade(file, ['--json'])
    expect(exitCode).toBe(0)
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({
      outcome: 'upgraded',
      preview: {
        path: file,
        form: 'versioned',
        survey: { version: 3, journalMode: 'wal' },
        estimate: {},
        space: [{}],
      },
      report: {
        from: 3,
        to: latest,
        applied: [4, 5],
        proofs: expect.arrayContaining([expect.objectContaining({ proof: 'rows' })]),
      },
    })
  })

  it('--dry-run does it all on a copy, leaves the file alone, even one in use, and leaves no copy', () => {
    takeSnapshot('v2')
    const server = new Database(file)
    server.exec('SELECT * FROM post')
    const before = readFileSync(file)
    const temporary = join(folder, 'temporary')
    mkdirSync(temporary)
    const { exitCode, stdout } = upgrade(file, ['--dry-run'], { env: { TMPDIR: temporary } })
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`A private copy of ${file}: upgraded from version 2 to ${latest}, and proven.`)
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(namesIn(temporary)).toEqual([])
    expect(namesIn(dirname(file)).filter((name) => name.includes('backup'))).toEqual([])
    server.close()
  })

  it('--dry-run says what it will do of the copy, and what it did', () => {
    takeSnapshot('v2')
    const { stdout, stderr } = upgrade(file, ['--dry-run'])
    for (const line of [
      /^ {2}To run {3}v3 .+, v4 .+, v5 .+$/m,
      /^ {2}Backup {3}one in the private copy’s folder, removed at the end$/m,
      /^ {2}Space {4}.+ free in .+$/m,
      /^ {2}Lock {5}none: only a private copy is upgraded$/m,
    ])
      expect(`${stdout}${stderr}`).toMatch(line)
    expect(stderr).toMatch(/^Copying the file$/m)
    expect(stdout).not.toMatch(/To go back|was locked/)
  })

  it('--dry-run that fails names the file, and not the copy of it', () => {
    const project = makeNotesProject()
    project.replace('migrations.mjs', 'CREATE INDEX note_text ON note (text)', 'DELETE FROM note')
    const path = join(project.folder, 'notes.db')
    copyFileSync(join(project.folder, 'fixtures', 'snapshots', 'v1.db'), path)
    const before = readFileSync(path)
    const { exitCode, stderr } = project.run(['upgrade', 'notes.db', '--dry-run', '--config', 'suite.mjs'])
    expect(stderr).toContain(`Error: ${realpathSync(path)}, check `)
    expect(readFileSync(path).equals(before)).toBe(true)
    expect(exitCode).toBe(1)
    project.destroy()
  })

  it('--quick compares the tables that were written to, and --backup-dir takes the backup', () => {
    takeSnapshot('v2')
    const backups = join(dirname(file), 'backups')
    mkdirSync(backups)
    const { stdout } = upgrade(file, ['--quick', '--backup-dir', backups])
    expect(stdout).toMatch(/✓ rows: \d of \d+ pages written to/)
    expect(namesIn(backups)).toEqual([expect.stringMatching(/^data\.db\.v2\..+\.backup$/)])
  })

  it.for([
    ['default', [], /Proofs +of all rows and pages/],
    ['quick', ['--quick'], /Proofs +quick: of what is written to/],
    ['thorough', ['--thorough'], /Proofs +thorough: of all rows, pages and indexes/],
  ] as const)('the level %s is named before the upgrade, and in the JSON', ([level, options, says]) => {
    takeSnapshot('v2')
    expect(upgrade(file, [...options, '--dry-run']).stdout).toMatch(says)
    const { preview, report } = JSON.parse(upgrade(file, [...options, '--json']).stdout)
    expect([preview.level, report.level]).toEqual([level, level])
  })

  it('--no-backup makes none, says what that means, and proves the rows all the same', () => {
    takeSnapshot('v2')
    const { exitCode, stdout } = upgrade(file, ['--no-backup'])
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/Backup +none: nothing to go back to once the upgrade is committed/)
    expect(stdout).toMatch(/✓ rows: \d of \d+ pages written to/)
    expect(namesIn(dirname(file))).toEqual(['data.db'])
  })

  it('takes a path with spaces, quotes and other alphabets', () => {
    takeSnapshot('v3')
    const odd = join(dirname(file), "it's ü file:x?mode=ro#🦋.db")
    copyFileSync(file, odd)
    const { exitCode, stdout } = runOnForum(['upgrade', odd])
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`restore -- '${odd.replace("'", "'\\''")}' '`)
    expect(versionOf(odd)).toBe(latest)
  })
})

describe('exit code 2, and nothing is changed:', () => {
  const cases = [
    { name: 'no file', make: () => rmSync(file), says: 'found no file;' },
    {
      name: 'an empty file',
      make: () => writeFileSync(file, ''),
      says: 'found an empty file, which is a fresh install;',
    },
    {
      name: 'no database',
      make: () => writeFileSync(file, 'text '.repeat(900)),
      says: 'found a file of another kind;',
    },
    {
      name: 'no such folder for the backup',
      make: () => {},
      options: ['--backup-dir', '/nowhere'],
      says: 'found no such folder;',
    },
    {
      name: 'two options that contradict',
      make: () => {},
      options: ['--no-backup', '--backup-dir', '.'],
      says: 'expected no --backup-dir beside it',
    },
    {
      name: 'two levels',
      make: () => {},
      options: ['--quick', '--thorough'],
      says: 'expected no --thorough beside it',
    },
  ]
  it.for(cases)('$name', ({ make, says, options = [] }) => {
    takeSnapshot('v2')
    make()
    const before = existsSync(file) ? readFileSync(file) : null
    const { exitCode, stderr, stdout } = runOnForum(['upgrade', file, ...options])
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^Error: [^\n]+\.\n$/)
    expect(stderr).toContain(says)
    expect(existsSync(file) ? readFileSync(file) : null).toEqual(before)
  })

  it('a file that another process has open, named by its number', async () => {
    takeSnapshot('v2')
    const script = `const file = require('node:fs').openSync(${JSON.stringify(file)}); console.log('open'); process.stdin.resume()`
    const holder = spawn(process.execPath, ['-e', script])
    await once(holder.stdout, 'data')
    const { exitCode, stderr } = runOnForum(['upgrade', file])
    holder.kill()
    expect(exitCode).toBe(process.platform === 'linux' ? 2 : 0)
    if (process.platform === 'linux') expect(stderr).toContain(`found process ${holder.pid} (node)`)
  })

  it.for([
    { name: 'a file that cannot be read', mode: 0o000, folderMode: 0o777, says: 'found no permission;' },
    {
      name: 'a file that cannot be written',
      mode: 0o444,
      folderMode: 0o777,
      says: 'found one that can only be read;',
    },
    {
      name: 'a folder that cannot be written',
      mode: 0o666,
      folderMode: 0o555,
      says: 'expected a folder that can be written, found that ',
    },
  ])('$name', async ({ mode, folderMode, says }) => {
    takeSnapshot('v2')
    chmodSync(folder, 0o755)
    chmodSync(file, mode)
    chmodSync(dirname(file), folderMode)
    try {
      const { code, stderr } = await runWithoutRights(['upgrade', file])
      expect(stderr).toContain(says)
      expect(code).toBe(2)
    } finally {
      chmodSync(dirname(file), 0o755)
    }
    chmodSync(file, 0o644)
    expect(readFileSync(file)).toEqual(readFileSync(join(suite.fixtures, 'snapshots', 'v2.db')))
    expect(namesIn(dirname(file))).toEqual(['data.db'])
  })
})

describe('a disk that can only be read', () => {
  it('is refused with exit code 2, and keeps the file', () => {
    takeSnapshot('v2')
    const { exitCode, stderr } = runOnReadOnlyDisk(['upgrade', file])
    expect(stderr).toBe(
      `Error: ${file}: expected a file that can be written, found one that can only be read; run as its owner, or move it to a disk that can be written.\n`,
    )
    expect(exitCode).toBe(2)
    expect(readFileSync(file)).toEqual(readFileSync(join(suite.fixtures, 'snapshots', 'v2.db')))
    expect(namesIn(dirname(file))).toEqual(['data.db'])
  })
})

/**
 * Mounts the folder of the file read-only, for the command alone: https://man7.org/linux/man-pages/man7/mount_namespaces.7.html
 * Where a system lets no user mount, a file without the permission stands in; root can write even that.
 */
function runOnReadOnlyDisk(parameters: readonly string[]) {
  chmodSync(file, 0o444)
  const mount = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && shift && exec "$@"'
  const place = dirname(file)
  const command = ['sh', '-c', mount, 'sh', place, process.execPath, bundle, ...parameters]
  const mounted = spawnSync('unshare', ['--user', '--map-root-user', '--mount', ...command], {
    encoding: 'utf8',
    cwd: forumFolder,
  })
  const isMounted = mounted.error === undefined && !/^(unshare|mount):/m.test(mounted.stderr)
  if (!isMounted) return runOnForum(parameters)
  return { exitCode: mounted.status, stderr: mounted.stderr }
}

/** Root may read and write everything, so tests that run as root use an account without rights. */
async function runWithoutRights(parameters: readonly string[]) {
  const identity = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const child = spawn(process.execPath, [bundle, ...parameters], { cwd: forumFolder, ...identity })
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [code] = await once(child, 'close')
  return { code, stderr }
}

/** A suite whose second version takes half a second where SLOW asks for it, in statements between which it can be stopped. */
const slowSuite = `
import { defineConfig } from '${library}'
const pairs = 'INSERT INTO work SELECT count(*) FROM item AS a, item AS b WHERE (a.n * b.n) % 7 = 3'
export default defineConfig({
  name: 'slow',
  fixtures: ${JSON.stringify(folder)},
  migrations: [
    { version: 1, name: 'first', up: (c) => c.exec('CREATE TABLE item (n INTEGER)') },
    { version: 2, name: 'slow', up: (c) => { c.exec('CREATE TABLE work (n)'); for (let i = 0; i < (process.env.SLOW ? 8 : 1); i++) c.exec(pairs) } },
    { version: 3, name: 'wrong', up: (c) => c.exec('DELETE FROM item WHERE n = 77') },
  ].slice(0, process.env.WITH_WRONG ? 3 : 2),
})`

describe('a suite of one’s own', () => {
  const suiteFile = join(folder, 'suite.mjs')
  const parameters = ['upgrade', file, '--config', suiteFile]
  const startSlowly = () =>
    spawn(process.execPath, [bundle, ...parameters], { env: { ...process.env, SLOW: '1' } })
  beforeEach(() => {
    writeFileSync(suiteFile, slowSuite)
    const database = new Database(file)
    database.exec(`PRAGMA journal_mode = WAL; CREATE TABLE item (n INTEGER);
      CREATE TABLE schema_version (version INTEGER PRIMARY KEY, applied_at TEXT NOT NULL DEFAULT (datetime('now')));
      INSERT INTO schema_version (version) VALUES (1);
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 400) INSERT INTO item SELECT i FROM n`)
    database.close()
  })

  it('exit code 1: a proof that fails names what was lost, undoes it all and keeps the backup', () => {
    const { exitCode, stdout, stderr } = runOnForum(parameters, { env: { WITH_WRONG: '1' } })
    expect(exitCode).toBe(1)
    expect(stdout).toContain(
      '✗ table item: rows\n    expected   every row as it was\n    actual     1 row gone or changed: rowid 77',
    )
    expect(stderr).toContain('the upgrade was undone before COMMIT')
    expect(versionOf(file)).toBe(1)
    expect(namesIn(dirname(file))).toHaveLength(2)
  })

  it('a first signal stops it after the statement, with the signal as its end, and a rerun finishes', async () => {
    const child = startSlowly()
    await line(child, 'Running v2')
    child.kill('SIGTERM')
    const [code, signal] = await once(child, 'close')
    expect([code, signal]).toEqual([null, 'SIGTERM'])
    expect(versionOf(file)).toBe(1)
    expect(namesIn(dirname(file)).filter((name) => name.includes('backup'))).toEqual([])
    expect(runOnForum(parameters).exitCode).toBe(0)
    expect(versionOf(file)).toBe(2)
  })

  it.for(['Making the backup', 'Running v2', 'Proving: integrity'])(
    'killed at "%s", it leaves a whole version, and a rerun finishes',
    async (step) => {
      const child = startSlowly()
      await line(child, step)
      child.kill('SIGKILL')
      await once(child, 'close')
      const { exitCode, stdout, stderr } = runOnForum(parameters)
      expect(exitCode, stdout + stderr).toBe(0)
      expect(versionOf(file)).toBe(2)
      expect(namesIn(dirname(file)).filter((name) => name.includes('unfinished'))).toEqual([])
      expect(unfinishedBytes()).toBe(0)
      const database = new Database(file)
      expect(database.prepare('SELECT count(*), sum(n) FROM item').raw().get()).toEqual([400, 80_200])
      database.close()
    },
  )
})

/**
 * What SQLite would still read of a journal or a log. A kill right after COMMIT leaves a journal that is empty or begins
 * with a zero, which is as good as none: https://www.sqlite.org/fileformat2.html#the_rollback_journal
 */
function unfinishedBytes(): number {
  const [journal, log] = ['-journal', '-wal'].map((ending) =>
    existsSync(file + ending) ? readFileSync(file + ending) : Buffer.alloc(0),
  )
  return (journal?.[0] ? journal.length : 0) + (log?.length ?? 0)
}

/** Waits until the process has written a text to its standard error. */
function line(child: ChildProcess, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let written = ''
    child.stderr?.on('data', (chunk) => {
      written += chunk
      if (written.includes(text)) resolve()
    })
    child.on('close', () => reject(new Error(`It ended before "${text}": ${written}`)))
  })
}

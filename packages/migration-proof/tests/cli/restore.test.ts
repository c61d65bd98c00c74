// Goal: an operator who restores sees what the backup is and where the old file is, a wrong backup is refused, and
// Ctrl-C ends it at once, with the file as it was and nothing left.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { ownBundle as bundle } from '../support/command-line.ts'
import { forumFolder, runOnForum, forum as suite } from '../support/forum.ts'

const folder = mkdtempSync(join(tmpdir(), 'restore-command-'))
const file = join(folder, 'place', 'data.db')
const backup = join(folder, 'backup.db')
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  rmSync(dirname(file), { recursive: true, force: true })
  mkdirSync(dirname(file))
  copyFileSync(join(suite.fixtures, 'snapshots', 'v2.db'), backup)
  copyFileSync(join(suite.fixtures, 'snapshots', 'v4.db'), file)
})

function namesIn(place: string): string[] {
  return readdirSync(place).sort()
}

describe('restore', () => {
  it('says what the backup is, and where the file is that was there', () => {
    const { exitCode, stdout, stderr } = runOnForum(['restore', file, backup])
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`${file} is ${backup} again: ${suite.name}, version 2 (versioned), `)
    expect(stdout).toMatch(
      /What was there is \S+\/data\.db\.replaced\.\S+: delete it once it is no longer needed\./,
    )
  })

  it('says of a file that was missing whom the restored one belongs to, and what was left beside it', () => {
    rmSync(file)
    writeFileSync(`${file}-wal`, 'left')
    const { stdout } = runOnForum(['restore', file, backup])
    expect(stdout).toMatch(/It belongs to user \d+ and group \d+, as its folder does, with mode 0600\./)
    expect(stdout).toMatch(
      /No file was there, but what SQLite keeps beside one\. It is \S+\.replaced\.\S+-wal: /,
    )
  })

  it('names what an earlier release may have left', () => {
    writeFileSync(`${file}.restoring`, 'a draft')
    const { stdout } = runOnForum(['restore', file, backup])
    expect(stdout).toContain(
      `Left by other runs, and not removed: ${file}.restoring (not known to be of a run`,
    )
  })

  it.for([
    { name: 'a file without a byte', make: () => writeFileSync(backup, ''), says: 'found an empty one;' },
    {
      name: 'the database of another application',
      make: () => {
        rmSync(backup)
        const database = new Database(backup)
        database.exec('CREATE TABLE cookies (name)')
        database.close()
      },
      says: 'found one of another application, with cookies;',
    },
  ])('exit code 2 for $name, unless it is forced', ({ make, says }) => {
    make()
    const before = readFileSync(file)
    const { exitCode, stderr, stdout } = runOnForum(['restore', file, backup])
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^Error: [^\n]+ with --force it is restored all the same\.\n$/)
    expect(stderr).toContain(says)
    expect(readFileSync(file).equals(before)).toBe(true)
    expect(namesIn(dirname(file))).toEqual(['data.db'])
    expect(runOnForum(['restore', file, backup, '--force']).exitCode).toBe(0)
  })
})

describe('a signal', () => {
  it.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends it during the check of a large backup, with the file as it was and nothing left',
    async (signal) => {
      makeSlowToCheck(backup)
      const before = readFileSync(file)
      const child = spawn(process.execPath, [bundle, 'restore', file, backup], { cwd: forumFolder })
      let stderr = ''
      child.stderr.on('data', (chunk) => {
        stderr += chunk
      })
      while (!namesIn(dirname(file)).some((name) => name.includes('.unfinished-'))) await nextMoment()
      child.kill(signal)
      const [code, end] = await once(child, 'close')
      expect([code, end]).toEqual([null, signal])
      expect(stderr).toContain('expected the restore to its end, found a request to stop')
      expect(readFileSync(file).equals(before)).toBe(true)
      expect(namesIn(dirname(file))).toEqual(['data.db'])
    },
  )
})

function nextMoment(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 5))
}

/** A CHECK constraint that takes long, which integrity_check evaluates for each row in one call. */
function makeSlowToCheck(path: string) {
  const database = new Database(path)
  database.exec(`PRAGMA ignore_check_constraints = ON;
    CREATE TABLE slow (a CHECK (length(hex(randomblob(4000000))) > 0));
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000) INSERT INTO slow SELECT i FROM n`)
  database.close()
}

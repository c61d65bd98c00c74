// Goal: `crash` reports what it broke and what was left, the same for the same seed, makes each case again by its
// id, and keeps a bad image with its log and without a word of its rows in the report.
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Problem } from '../../src/problem.ts'
import { makePrivateFolder } from '../../src/snapshots/private-folder.ts'
import { type Run, runCommandLine } from '../support/command-line.ts'
import { library } from '../support/notes-project.ts'

const folder = makePrivateFolder()
afterAll(() => folder.remove())

/** A value of a row, which no report may hold. */
const secret = 'hunter2-secret'

/**
 * Writes a small suite of another project. On demand its version store commits the migration before it notes the
 * version, so that a power loss leaves half of it.
 */
function writeSuite(name: string, commitsTooEarly: boolean): string {
  const own = join(folder.path, name)
  for (const part of ['schemas', 'rows', 'snapshots']) mkdirSync(join(own, part), { recursive: true })
  // Where the schema is only looked at, no transaction is open, and there is nothing to commit.
  const early = commitsTooEarly ? `try { connection.exec('COMMIT; BEGIN IMMEDIATE') } catch {}` : ''
  const record = `(connection, version) => { ${early}; table.record(connection, version) }`
  const file = join(own, 'suite.mjs')
  writeFileSync(
    file,
    `import { defineConfig, versionTable } from '${library}'
     const table = versionTable('schema_version')
     export default defineConfig({
       name: 'notes',
       fixtures: ${JSON.stringify(own)},
       snapshots: [],
       versions: { ...table, record: ${record} },
       migrations: [
         { version: 1, name: 'notes', up: (connection) => {
           connection.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)')
           connection.exec("INSERT INTO note (text) VALUES ('${secret}')")
         } },
       ],
     })`,
  )
  return file
}

function crash(...parameters: string[]): Run {
  return runCommandLine(['crash', ...parameters], { cwd: folder.path })
}

/** What a sweep or a replay prints for machines. */
interface Printed {
  readonly images: number
  readonly faults: number
  readonly bad: number
  readonly hash: string
  readonly imagesPerSecond: number
  readonly problems: readonly Problem[]
  readonly kept: readonly { readonly id: string; readonly folder: string }[]
  readonly log: readonly string[]
}

function parse({ stdout }: Run): Printed {
  return JSON.parse(stdout)
}

describe('crash of a sound suite', () => {
  const suite = writeSuite('sound', false)
  const replay = (id: string) => crash('--config', suite, '--json', '--replay', id, '--keep-dir', 'again')

  it('finds nothing bad, says so with a row for each path and journal mode, and makes the same images', () => {
    const { stdout, exitCode } = crash('--config', suite)
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^fresh +wal +\d+ +[1-9]\d\d +[\d,]+ +[\d,]+ +[1-9]\d\d +0$/m)
    expect(stdout).toMatch(/^fresh +delete /m)
    expect(stdout).toContain('Every one is one whole version')
    expect(stdout).toMatch(/^fresh +wal\+all /m)
    expect(stdout).toMatch(/^fresh +delete\+all /m)
    const each = crash('--config', suite, '--every-path')
    expect(each.stdout).not.toContain('+all')
    // Of all bytes of all images: of another release of the engine it is another one.
    expect(each.stdout).toContain('hash of all images d1640f6a511187a2')
  })

  it('makes an image again by its id', () => {
    const again = replay('1/fresh/wal/512/12.0')
    expect(again.exitCode).toBe(0)
    expect(parse(again)).toMatchObject({ id: '1/fresh/wal/512/12.0', verdict: { outcome: 'whole' } })
  })

  it('makes one again of an upgrade in one transaction, and knows what no sweep prints', () => {
    const again = replay('1/fresh/wal+all/512/12.0')
    expect(again.exitCode).toBe(0)
    expect(parse(again)).toMatchObject({ verdict: { outcome: 'whole' } })
    expect(replay('1/fresh/wal+each/512/12.0').stderr).toContain('an id that crash printed')
  })

  it('makes a fault of the disk again by its id', () => {
    const again = replay('1/fresh/delete/eio-once/20.1')
    expect(again.exitCode).toBe(0)
    expect(parse(again).log.join('\n')).toMatch(/ fails$/m)
  })
})

describe('crash of a suite whose version store commits too early', () => {
  const suite = writeSuite('unsound', true)
  let run: Run
  let found: Printed
  /** The first bad case. */
  let worst: Printed['kept'][number]

  beforeAll(() => {
    run = crash('--config', suite, '--json', '--keep-dir', 'kept')
    found = parse(run)
    worst = found.kept[0] ?? { id: '', folder: '' }
  })

  it('fails and says what is left', () => {
    expect(run.exitCode).toBe(1)
    expect(found).toMatchObject({ suite: 'notes', seed: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) })
    expect(found.images).toBeGreaterThan(200)
    expect(found.faults).toBeGreaterThan(100)
    expect(found.imagesPerSecond).toBeGreaterThan(0)
    expect(found.bad).toBeGreaterThan(10)
    expect(found.problems.map(({ code }) => code)).toContain('half-done')
  })

  it('keeps the files of a bad image, with the log that led to it, for its owner alone', () => {
    const kept = join(folder.path, worst.folder)
    expect(statSync(kept).mode & 0o777).toBe(0o700)
    expect(readdirSync(kept)).toEqual(expect.arrayContaining(['database.db', 'log.txt']))
    for (const name of readdirSync(kept)) expect(statSync(join(kept, name)).mode & 0o777).toBe(0o600)
    expect(readFileSync(join(kept, 'log.txt'), 'utf8')).toMatch(/^1 create database\.db$/m)
    const database = new Database(join(kept, 'database.db'))
    expect(database.prepare('SELECT name FROM sqlite_schema').pluck().all()).toContain('note')
    database.close()
  })

  it('names no value of a row', () => {
    expect(run.stdout).not.toContain(secret)
    expect(readFileSync(join(folder.path, worst.folder, 'log.txt'), 'utf8')).not.toContain(secret)
  })

  it('makes the bad image again, with the same result', () => {
    const { id } = worst
    const defect = found.problems.find(({ seenIn }) => seenIn.includes(id))?.code
    const again = crash('--config', suite, '--json', '--replay', id, '--keep-dir', 'kept')
    expect(again.exitCode).toBe(1)
    expect(parse(again)).toMatchObject({ id, verdict: { outcome: 'bad', defect } })
  })
})

describe('crash that is called wrongly', () => {
  const suite = writeSuite('wrongly', false)

  it.for([
    ['--snapshot', 'v22'],
    ['--seed', 'x'],
    ['--replay', 'nonsense'],
    ['--replay', '1/v22/wal/512/1.0'],
  ])('with %s %s says so', ([option = '', value = '']) => {
    const { exitCode, stderr } = crash('--config', suite, option, value)
    expect(exitCode).toBe(2)
    expect(stderr).toMatch(/^Error: .*expected .*, found .*/)
  })
})

it('says whose upgrade the power fails in, where a tool applies the migrations', () => {
  const file = writeSuite('of a tool', false)
  const text = readFileSync(file, 'utf8')
  const runner = "runner: { tool: 'dbmate', transaction: 'each', foreignKeys: 'off' },"
  writeFileSync(file, text.replace('snapshots: [],', `snapshots: [], ${runner}`))
  expect(crash('--config', file).stdout).toMatch(
    /^Applied by the migrator of this package, as upgrade applies them, and not by dbmate: what a stop of that leaves, npx migration-proof lint .*shows as half-done\.$/m,
  )
  expect(crash('--config', writeSuite('of its own', false)).stdout).not.toContain('Applied by')
})

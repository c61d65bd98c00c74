// Goal: `verify` proves the snapshots that it says it proves, for people and for machines alike.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checks } from '../../src/index.ts'
import type { Run } from '../support/command-line.ts'
import { latest, runOnForum, forum as suite } from '../support/forum.ts'
import { addThirdVersion, library, makeNotesProject } from '../support/notes-project.ts'
import { makeProject } from '../support/scratch-project.ts'

const snapshot = 'v4'
const rollback = 'Roll-back: The program of the version before can go on with a file of v5.'

/** No migration of the projects here changes a key, or declares a change of rows or a roll-back. */
const idle = ['references', 'conversions', 'rollback']
const compared = checks.filter(({ name }) => !idle.includes(name))
const unchanged =
  'references (no migration changes a key or a foreign key), conversions (no migration declares a change of rows), ' +
  "rollback (no migration declares rollback: 'possible')"

describe('verify --snapshot', () => {
  const { exitCode, stdout, stderr } = runOnForum(['verify', '--no-cache', '--snapshot', snapshot])

  it('has a line for the snapshot, with what was proven and the time, and a summary', () => {
    const count = compared.length + 1
    const checkLines = stdout.split('\n').slice(5, -1)
    const line = new RegExp(`^✓ ${snapshot} +v4 to v${latest} +${count} checks passed +[\\d.]+ m?s$`)
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^forum, v1 to v\d+ /),
      expect.stringMatching(/^Snapshot +Upgrade +Result +Time$/),
      expect.stringMatching(line),
      '',
      expect.stringMatching(new RegExp(`^1 snapshot, ${count} checks: all passed in .+\\.$`)),
      ...checkLines,
      '',
    ])
    const names = compared.map(({ name }) => name).join(', ')
    expect(checkLines.join(' ')).toBe(`${rollback} Not compared: ${unchanged}. Checks: upgrade, ${names}.`)
    expect(exitCode).toBe(0)
  })

  it('names the suite and the config that was found', () => {
    expect(stdout).toMatch(
      new RegExp(`^${suite.name}, v1 to v${latest} \\(migration-proof\\.config\\.js\\)\n`),
    )
  })

  it('shows no progress where there is no terminal', () => {
    expect(stderr).toBe('')
  })

  it('fits 80 columns', () => {
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})

describe('verify --verbose', () => {
  const { exitCode, stdout } = runOnForum(['verify', '--no-cache', '--snapshot', snapshot, '--verbose'])

  it('shows the time of every check too', () => {
    for (const { name } of compared) expect(stdout).toMatch(new RegExp(`^${name} +✓ +\\d+$`, 'm'))
    expect(stdout).toMatch(new RegExp(`^✓ ${snapshot} +v4 to v${latest} `, 'm'))
    expect(exitCode).toBe(0)
  })

  it('fits 80 columns', () => {
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
  })
})

describe('verify of a history that fails', () => {
  const project = makeNotesProject()
  afterAll(() => project.destroy())
  let run: Run
  beforeAll(() => {
    const broken = project.copy()
    broken.replace('migrations.mjs', 'CREATE INDEX note_text ON note (text)', 'DELETE FROM note')
    run = broken.run(['verify', '--config', 'suite.mjs'])
  })

  it('has a line for each snapshot, and details of what fails alone', () => {
    const [empty, first] = run.stdout.split('\n').filter((line) => /^✗.* to v2 /.test(line))
    expect(empty).toMatch(/^✗ v0-empty +v0 to v2 +golden failed +[\d.]+ m?s$/)
    expect(first).toMatch(/^✗ v1 +v1 to v2 +\d+ of \d+ checks failed +[\d.]+ m?s$/)
    expect(run.stdout).toMatch(/^✗ table note: rows\n {4}seen in +v1\n {4}expected .*\n {4}actual .*\n/m)
    expect(run.stdout).toMatch(/^2 snapshots, \d+ checks: \d+ failed in /m)
    expect(run.stdout).not.toMatch(/^Check,|integrity:/m)
    expect(run.exitCode).toBe(1)
  })
})

describe('verify of a project that declares no tables and no contracts', () => {
  const project = makeNotesProject()
  afterAll(() => project.destroy())
  const count = compared.length + 1 - 2

  it('does not count a check that had nothing to compare, and says why', () => {
    const { exitCode, stdout } = project.run(['verify', '--config', 'suite.mjs'])
    expect(stdout).toMatch(new RegExp(`^✓ v1 +v1 to v2 +${count} checks passed `, 'm'))
    expect(stdout).toContain(`2 snapshots, ${2 * count} checks: all passed in `)
    const [, named = '', listed = ''] = /^Not compared: ([^.]*)\.\nChecks: ([^.]*)\.\n$/m.exec(stdout) ?? []
    expect(named.replaceAll('\n', ' ')).toBe(
      `facts (no tables declared), contracts (none declared), ${unchanged}`,
    )
    expect(listed).not.toMatch(/facts|contracts/)
    expect(exitCode).toBe(0)
  })

  it('has a field for it as JSON', () => {
    const { stdout } = project.run(['verify', '--snapshot', 'v1', '--config', 'suite.mjs', '--json'])
    const [{ checks: results }] = JSON.parse(stdout).snapshots
    const skipped = results.filter(({ notCompared }: { notCompared: string | null }) => notCompared !== null)
    expect(skipped).toMatchObject([
      { check: 'facts', outcome: 'not-applicable' },
      { check: 'contracts', outcome: 'not-applicable' },
      { check: 'references', outcome: 'not-applicable' },
      { check: 'conversions', outcome: 'not-applicable' },
      { check: 'rollback', outcome: 'not-applicable' },
    ])
  })

  it('still fails without a golden schema, though `upgrade` does without', () => {
    const unfrozen = project.copy()
    unfrozen.remove('fixtures/schemas/v2.sql')
    const { exitCode, stdout } = unfrozen.run([
      'verify',
      '--snapshot',
      'v1',
      '--config',
      'suite.mjs',
      '--json',
    ])
    const golden = JSON.parse(stdout).snapshots[0].checks.find(
      ({ check }: { check: string }) => check === 'golden',
    )
    expect(golden).toMatchObject({ outcome: 'failed', notCompared: null })
    expect(exitCode).toBe(1)
  })
})

describe('verify of rows that are lost', () => {
  const project = makeProject({
    'package.json': '{ "name": "shop", "type": "module" }\n',
    'migrations.mjs': `const rebuild = 'CREATE TABLE t (id INTEGER PRIMARY KEY, credit INTEGER); INSERT INTO t SELECT * FROM customer; DROP TABLE customer; ALTER TABLE t RENAME TO customer'
const change = "SELECT 1"
export const migrations = [
  { version: 1, name: 'customers', up: (db) => db.exec('CREATE TABLE customer (id INTEGER PRIMARY KEY, credit INTEGER); CREATE TABLE "order" (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customer ON DELETE CASCADE)') },
  { version: 2, name: 'credit', up: (db) => db.exec(change) },
]
`,
    'suite.mjs': `import { defineConfig } from '${library}'
import { migrations } from './migrations.mjs'
export default defineConfig({ name: 'shop', migrations, fixtures: 'fixtures' })
`,
  })
  afterAll(() => project.destroy())
  project.run(['freeze', '--config', 'suite.mjs'])
  project.run(['freeze', '--accept-drafts', '--config', 'suite.mjs'])
  const problemsAfter = (change: string): { [key: string]: never }[] => {
    const changed = project.copy()
    changed.replace('migrations.mjs', '"SELECT 1"', change)
    const { stdout } = changed.run(['verify', '--snapshot', 'v1', '--config', 'suite.mjs', '--json'])
    const { checks: results } = JSON.parse(stdout).snapshots[0]
    return results.find(({ check }: { check: string }) => check === 'rows').problems
  }

  it.for([
    [
      `'UPDATE customer SET credit = 7'`,
      `dataChanges: [{ table: 'customer', columns: ['credit'], reason: '…' }]`,
    ],
    [
      `'DELETE FROM "order"'`,
      `dataChanges: [{ table: 'order', rowsRemoved: 'a condition over the old rows', reason: '…' }]`,
    ],
    [
      `'INSERT INTO customer VALUES (99, 1)'`,
      `dataChanges: [{ table: 'customer', rowsAdded: true, reason: '…' }]`,
    ],
  ] as const)('names the field that declares %s, and what repeats it', ([change, declaration]) => {
    const [problem] = problemsAfter(change)
    expect(problem?.fix).toContain(`if the change is intended, declare it on the migration: ${declaration}`)
    expect(problem?.fix).toContain('verify --snapshot v1')
  })

  it('prints each fault once, with the snapshots and the checks that saw it and the migration that caused it', () => {
    const changed = project.copy()
    changed.replace('migrations.mjs', '"SELECT 1"', `'SELECT 1'`)
    const third = `  { version: 3, name: 'none', up: (db) => db.exec('DELETE FROM "order"; CREATE INDEX i ON "order" (customer)') },\n  { version: 4, name: 'more', up: (db) => db.exec('CREATE TABLE more (id INTEGER)') },\n]`
    changed.run(['freeze', '--config', 'suite.mjs', '--accept-drafts'])
    changed.replace('migrations.mjs', '\n]', `\n${third}`)
    changed.run(['freeze', '--config', 'suite.mjs'])
    changed.run(['freeze', '--config', 'suite.mjs', '--accept-drafts'])
    const { stdout } = changed.run(['verify', '--config', 'suite.mjs'])
    expect(stdout.match(/^✗ table .*$/gm)).toEqual(['✗ table order: rows'])
    expect(stdout).toMatch(/^ +seen in +v1, v2$/m)
    // A stop in the middle is no cause of what the whole upgrade does.
    expect(stdout).not.toMatch(/^ +seen by /m)
    expect(stdout).toMatch(/^ +caused by +migration v3$/m)
  })

  it('prints a migration that fails once, with all snapshots in which it does', () => {
    const changed = project.copy()
    changed.replace('migrations.mjs', '"SELECT 1"', `'INSERT INTO customer (id) SELECT id FROM customer'`)
    const { stdout } = changed.run(['verify', '--config', 'suite.mjs'])
    expect(stdout.match(/^✗ migration v2: upgrade$/gm)).toHaveLength(1)
    expect(stdout).not.toContain('snapshot v1: upgrade')
  })

  it('names the field that keeps the children of a table that is rebuilt', () => {
    const problems = problemsAfter('rebuild')
    expect(problems).toMatchObject([{ subject: { type: 'table', name: 'order' } }])
    expect(problems[0]?.fix).toMatch(/^if a migration rebuilds customer, .* add foreignKeys: 'off' to it/)
    expect(problemsAfter(`'UPDATE customer SET credit = 7'`)[0]?.fix).not.toContain('foreignKeys')
  })
})

describe('verify of a frozen migration that was edited', () => {
  const project = makeNotesProject()
  afterAll(() => project.destroy())
  project.replace(
    'migrations.mjs',
    'CREATE INDEX note_text ON note (text)',
    'CREATE INDEX note_text ON note (text); SELECT 1',
  )
  const verify = ['verify', '--snapshot', 'v1', '--config', 'suite.mjs']

  it('fails by name, though every upgrade is proven', () => {
    const { exitCode, stdout } = project.run(verify)
    expect(stdout).toMatch(/^✓ v1 +v1 to v2 /m)
    expect(stdout.match(/^✗ .*/gm)).toEqual(['✗ migration v2: migration-edited'])
    expect(exitCode).toBe(1)
  })

  it('is the problem that status reports', () => {
    const { outcome, problems } = JSON.parse(project.run([...verify, '--json']).stdout)
    expect(outcome).toBe('failed')
    expect(problems).toHaveLength(1)
    expect(JSON.parse(project.run(['status', '--json', '--config', 'suite.mjs']).stdout).problems).toEqual(
      problems,
    )
  })
})

describe('a frozen migration that was edited, below rows that are those of an older version', () => {
  const project = makeNotesProject()
  afterAll(() => project.destroy())
  addThirdVersion(project, 'CREATE TABLE tag (name TEXT)')
  project.run(['freeze', '--config', 'suite.mjs'])
  project.run(['freeze', '--accept-drafts', '--config', 'suite.mjs'])
  project.replace('migrations.mjs', 'text TEXT NOT NULL', 'text TEXT')

  it.for([
    ['freeze', '--check'],
    ['gate', '--history'],
  ])('%s names it, with no other fixture, and exit code 1', (command) => {
    expect(project.read('fixtures/rows/v2.sql')).toContain('-- base: v1')
    const { exitCode, stdout } = project.run([...command, '--config', 'suite.mjs'])
    expect(stdout.match(/^✗ .*: .*-.*/gm)).toEqual(['✗ migration v1: migration-edited'])
    expect(exitCode).toBe(1)
    const json = JSON.parse(project.run([...command, '--config', 'suite.mjs', '--json']).stdout)
    const { problems } = json.gate ?? json
    expect(problems).toMatchObject([{ code: 'migration-edited', subject: { name: 'v1' } }])
    if (command[0] === 'gate')
      expect(problems[0].location).toEqual({ file: 'migrations.mjs', line: expect.any(Number) })
  })

  it('is named by `verify` first, and no one is advised to correct the files', () => {
    const { stdout } = project.run(['verify', '--config', 'suite.mjs'])
    expect(stdout).not.toMatch(/^✗ snapshot .*: upgrade/m)
    expect(stdout.indexOf('migration v1: migration-edited')).toBeGreaterThan(0)
    expect(stdout.indexOf('migration v1: migration-edited')).toBeLessThan(stdout.indexOf('Snapshot'))
  })
})

describe('verify --json', () => {
  const { exitCode, stdout } = runOnForum(['verify', '--no-cache', '--snapshot', snapshot, '--json'])

  it('prints the results and nothing else', () => {
    const results = JSON.parse(stdout)
    expect(results).toMatchObject({
      suite: suite.name,
      outcome: 'passed',
      snapshots: [{ snapshot, from: 4, to: latest }],
    })
    expect(exitCode).toBe(0)
  })

  it('says what each check proves', () => {
    const { checks: proven }: { readonly checks: unknown } = JSON.parse(stdout)
    expect(proven).toEqual(checks.map(({ name, proves }) => ({ name, proves })))
  })
})

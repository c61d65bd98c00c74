// Goal: another project, which installs the packed package in an empty folder, can freeze and verify migrations of its
// own with the example of docs/config.md, and sees each fault by name.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type InstalledProject,
  installPackage,
  readDeclaredExample,
  readExample,
} from '../support/installed-project.ts'

const suite = ['--config', 'suite.mjs']
const example = readExample()
let project: InstalledProject

beforeAll(() => {
  project = installPackage()
  project.write('suite.mjs', example)
})

afterAll(() => project.remove())

describe('the example of docs/config.md', () => {
  it('binds three migrations in at most 20 lines', () => {
    expect(example.match(/version: /g)).toHaveLength(3)
    expect(example.trimEnd().split('\n').length).toBeLessThanOrEqual(20)
  })

  it('cannot be checked before anything is frozen', () => {
    const { exitCode, stderr } = project.run(['freeze', '--check', ...suite])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('manifest.json')
    expect(stderr).toContain('with `npx migration-proof freeze --config suite.mjs`')
  })

  it('drafts what is missing, and says that they must be read', () => {
    const { exitCode, stdout } = project.run(['freeze', ...suite])
    expect(exitCode).toBe(0)
    for (const draft of ['schemas/v1', 'schemas/v2', 'schemas/v3', 'rows/v1', 'rows/v2']) {
      expect(stdout).toContain(`drafted   ${draft}: read it`)
    }
    expect(project.read('fixtures/schemas/v1.sql')).toContain(
      'run `npx migration-proof freeze --config suite.mjs` again',
    )
  })

  it('freezes the drafts that were read', () => {
    const { exitCode, stdout } = project.run(['freeze', '--accept-drafts', ...suite])
    expect(exitCode).toBe(0)
    for (const frozen of ['schemas/v3', 'migrations/v3', 'snapshots/v2'])
      expect(stdout).toContain(`frozen    ${frozen}`)
    expect(stdout).toMatch(/\nRun `npx migration-proof verify --config suite\.mjs`, then commit these files/)
  })

  it('is proven', () => {
    const { exitCode, stdout } = project.run(['verify', ...suite])
    expect(stdout).toMatch(/3 snapshots, \d+ checks: all passed in/)
    expect(exitCode).toBe(0)
  })

  it('is proven with the tables and contracts that the page declares for it', () => {
    const copy = project.copy()
    copy.write('suite.mjs', readDeclaredExample())
    expect(copy.run(['verify', ...suite])).toMatchObject({ exitCode: 0 })
    copy.write('suite.mjs', readDeclaredExample().replace("index: 'tag_note'", "index: 'note_tag'"))
    const { exitCode, stdout } = copy.run(['verify', ...suite])
    expect(stdout).toContain("✗ statement 'tags of a note': contracts")
    expect(exitCode).toBe(1)
  })

  it('has a file inspected by the schema of its own version', () => {
    const { exitCode, stdout } = project.copy().run(['inspect', 'fixtures/snapshots/v2.db', ...suite])
    expect(stdout).toContain('version 2 of 3 (versioned)')
    expect(stdout).toContain('the same as golden schema v2')
    expect(exitCode).toBe(0)
  })
})

/** A fault in the frozen migrations, and the lines that name it. */
const faults: readonly { readonly what: string; from: string; to: string; named: readonly string[] }[] = [
  {
    what: 'a cascade that is gone',
    from: ' ON DELETE CASCADE',
    to: '',
    named: ['table tag, foreign key (note): on delete: golden', 'CASCADE', 'migration v2'],
  },
  {
    what: 'an index that is gone',
    from: 'CREATE INDEX tag_note ON tag (note)',
    to: 'SELECT 1',
    named: ['index tag_note, existence: golden', 'migration v3'],
  },
  {
    what: 'a row that is lost',
    from: 'CREATE INDEX tag_note ON tag (note)',
    to: 'CREATE INDEX tag_note ON tag (note); DELETE FROM note WHERE id = (SELECT min(id) FROM note)',
    named: ['table note: rows'],
  },
]

describe.for(faults)('$what', ({ from, to, named }) => {
  it('makes verify fail, by name, with a command to repeat it', () => {
    const broken = project.copy()
    broken.write('suite.mjs', example.replace(from, to))
    const { exitCode, stdout } = broken.run(['verify', ...suite])
    expect(exitCode).toBe(1)
    for (const text of named) expect(stdout).toContain(text)
    expect(stdout).toMatch(/npx migration-proof verify --snapshot \S+ --config suite\.mjs/)
  })

  it('makes the check of the fixtures fail, by name', () => {
    const broken = project.copy()
    broken.write('suite.mjs', example.replace(from, to))
    const { exitCode, stdout } = broken.run(['freeze', '--check', ...suite])
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/✗ migration v[23]: migration-edited\n {4}where +suite\.mjs:\d+\n {4}expected /)
  })
})

describe('a frozen fixture', () => {
  it('is named where it is re-frozen as it was', () => {
    const { exitCode, stdout } = project.copy().run(['freeze', '--refreeze', 'v3', ...suite])
    expect(stdout).toMatch(/^✓ unchanged v3: /m)
    expect(stdout).not.toContain('Nothing is missing')
    expect(exitCode).toBe(0)
  })

  it('is named in the error where there is none of its name', () => {
    const { exitCode, stderr } = project.run(['freeze', '--refreeze', 'nonsense', ...suite])
    expect(stderr).toContain('nonsense: expected a frozen fixture')
    expect(exitCode).toBe(2)
  })

  it('is rewritten only when that is asked for, and loudly', () => {
    const rewriter = project.copy()
    rewriter.write(
      'fixtures/rows/v2.sql',
      rewriter.read('fixtures/rows/v2.sql').replace(/'name \d+'/, "'name one'"),
    )
    expect(rewriter.run(['freeze', '--check', ...suite]).stdout).toContain('snapshot v2: snapshot-edited')
    const { exitCode, stdout } = rewriter.run(['freeze', '--refreeze', 'snapshots/v2', ...suite])
    expect(stdout).toContain('HISTORY REWRITTEN: snapshots/v2')
    expect(exitCode).toBe(0)
    expect(rewriter.run(['freeze', '--check', ...suite]).exitCode).toBe(0)
  })

  it('that has a changed byte is named by verify, and the others are still proven', () => {
    const damaged = project.copy()
    damaged.write('fixtures/snapshots/v1.db', damaged.read('fixtures/snapshots/v2.db'))
    const { exitCode, stdout } = damaged.run(['verify', '--json', ...suite])
    const outcomes: { snapshot: string; outcome: string }[] = JSON.parse(stdout).snapshots
    expect(outcomes.map(({ snapshot, outcome }) => [snapshot, outcome])).toEqual([
      ['v0-empty', 'passed'],
      ['v1', 'failed'],
      ['v2', 'passed'],
    ])
    expect(exitCode).toBe(1)
  })
})

describe('the package', () => {
  it('names its commands as they are run where it is installed', () => {
    const { stderr } = project.run(['report', '--results', 'suite.mjs'])
    expect(stderr).toContain('name a file that `npx migration-proof report --format json` wrote')
  })
})

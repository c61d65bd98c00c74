// Goal: a maintainer adds versions and changes nothing but what the versions are: a table, a declared drop, and a rebuild
// with a conversion, in a copy of this project. All is green then, and whatever was forgotten was named before.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  type ScratchProject,
  startProject,
} from '../../packages/migration-proof/tests/support/scratch-project.ts'
import { latestVersion } from '../../src/migrations/index.ts'
import { projectFolder } from '../support/imports.ts'

/** The loops that run on every version or snapshot. */
const loops = [
  'tests/tidy.test.ts',
  ...['drift', 'field-conditions', 'fixture-activity', 'fixture-rows', 'frozen', 'golden'].map(upgradeTest),
  ...['cascades', 'oauth-objects', 'run-migrations', 'upgrade', 'weaknesses'].map(upgradeTest),
  ...['behaviour', 'canaries', 'contracts', 'old-data'].map((name) => `tests/property/${name}.test.ts`),
]

const project = copyWholeProject()
afterAll(() => project.destroy())
const [table, dropped, rebuilt] = [1, 2, 3].map((step) => latestVersion + step)

describe('three new versions', () => {
  it('begin as stubs, which are named with their files', { timeout: 180_000 }, () => {
    npm('migration:new', '--', 'labels', 'label')
    project.commit('Begin')
    npm('migration:new', '--', 'drop-states')
    npm('migration:new', '--', 'numeric-stars')
    const stubs = [
      `src/migrations/v${table}-labels.ts`,
      `src/migrations/v${dropped}-drop-states.ts`,
      `src/migrations/v${rebuilt}-numeric-stars.ts`,
      'src/suite/tables/label.ts',
      'src/suite/contracts/labels.ts',
      'src/suite/snapshots.ts',
    ]
    for (const command of [['freeze', '--release'], ['verify']]) {
      const { exitCode, stdout } = project.run(command)
      expect(exitCode).toBe(1)
      for (const stub of stubs)
        expect(stdout).toMatch(new RegExp(`✗ ${stub}: stub\n {4}where +${stub}:\\d+\n`))
    }
  })

  it('are frozen in one go once they are written and read', { timeout: 300_000 }, () => {
    writeVersions()
    const draft = project.run(['freeze', '--release'])
    expect(draft.stdout).toContain(
      `schemas/v${dropped} differs from schemas/v${table}:\n    -CREATE TABLE oauth_states (`,
    )
    expect(draft.exitCode).toBe(1)
    const before = project.read('fixtures/manifest.json')
    for (const version of [table, dropped, rebuilt]) acceptDraft(`schemas/v${version}`)
    for (const version of [latestVersion, table, dropped]) acceptDraft(`rows/v${version}`)
    const { exitCode, stdout } = project.run(['freeze', '--release'])
    expect(exitCode, stdout).toBe(0)
    expect(stdout).toContain(`Migration v${dropped} (drop states): removes table \`oauth_states\`.`)
    expect(project.read(`fixtures/rows/v${dropped}.sql`).split('\n').length).toBeLessThan(5)
    expect(project.read('fixtures/manifest.json')).not.toBe(before)
    expect(project.git('diff', '--stat', 'HEAD~1', '--', ...pastFixtures())).toBe('')
  })

  it('are verified', { timeout: 300_000 }, () => {
    const { exitCode, stdout } = project.run(['verify', '--snapshot', `v${latestVersion}`])
    expect(exitCode, stdout).toBe(0)
    expect(stdout).toContain(`v${latestVersion} to v${rebuilt}`)
    expect(project.run(['freeze', '--check']).exitCode).toBe(0)
  })

  it('pass every loop over versions and snapshots, of which none was changed', { timeout: 900_000 }, () => {
    const vitest = join(projectFolder, 'node_modules', 'vitest', 'vitest.mjs')
    const { status, stdout } = spawnSync(
      process.execPath,
      [vitest, 'run', '--project', 'migrations', '--reporter', 'json', ...loops],
      { cwd: project.folder, encoding: 'utf8', maxBuffer: 1e9 },
    )
    expect(failedTests(stdout)).toEqual([])
    expect(status).toBe(0)
    expect(project.git('status', '--short', '--', 'tests', 'packages')).toBe(
      [latestVersion, table, dropped]
        .map((version) => `?? tests/campaign/v${version}.test.ts\n`)
        .slice(1)
        .join(''),
    )
  })
})

function upgradeTest(name: string): string {
  return `tests/upgrade/${name}.test.ts`
}

/** All that is under version control, with the libraries of this project. */
function copyWholeProject(): ScratchProject {
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: projectFolder,
    encoding: 'utf8',
  })
  return startProject(({ folder }) => {
    for (const file of files.split('\0').filter((name) => name !== '')) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      cpSync(join(projectFolder, file), join(folder, file))
    }
    symlinkSync(join(projectFolder, 'node_modules'), join(folder, 'node_modules'), 'junction')
  })
}

function npm(...parameters: readonly string[]): string {
  return execFileSync('npm', ['run', '--silent', ...parameters], {
    cwd: project.folder,
    encoding: 'utf8',
    stdio: 'pipe',
  })
}

function acceptDraft(name: string): void {
  const file = `fixtures/${name}.sql`
  const [mark, , ...lines] = project.read(file).split('\n')
  expect(mark).toMatch(/^-- DRAFT/)
  project.write(file, lines.join('\n'))
}

/** Golden schemas, rows and snapshots that were there before. */
function pastFixtures(): string[] {
  return execFileSync('git', ['ls-files', 'fixtures/schemas', 'fixtures/rows', 'fixtures/snapshots'], {
    cwd: projectFolder,
    encoding: 'utf8',
  })
    .split('\n')
    .filter((file) => file !== '')
}

function writeVersions(): void {
  const files = [
    ...['src/suite/snapshots.ts', 'src/suite/tables/label.ts', 'src/suite/contracts/labels.ts'],
    `src/migrations/v${table}-labels.ts`,
    `src/migrations/v${dropped}-drop-states.ts`,
    `src/migrations/v${rebuilt}-numeric-stars.ts`,
  ]
  for (const file of files) project.write(file, project.read(file).replace(/\n *\/\/ STUB:[^\n]*/g, ''))
  fill(`src/migrations/v${table}-labels.ts`, "connection.exec('')", [
    "connection.exec('CREATE TABLE label (uri TEXT NOT NULL, value TEXT NOT NULL, stars TEXT, PRIMARY KEY (uri, value))')",
    "connection.exec('CREATE INDEX idx_label_value ON label(value)')",
  ])
  fill('src/suite/tables/label.ts', 'columns: {},', [
    'columns: {',
    "  uri: { type: 'TEXT', notNull: true },",
    "  value: { type: 'TEXT', notNull: true, examples: ['spam', 'rude'] },",
    "  stars: { type: 'TEXT', examples: ['1', '5'] },",
    '},',
    "key: ['uri', 'value'],",
    "indexes: { idx_label_value: ['value'] },",
    `changes: [{ since: ${rebuilt}, columns: { stars: { type: 'INTEGER', notNull: true, default: '0' } } }],`,
  ])
  fill('src/suite/contracts/labels.ts', '= []', [
    "= [{ name: 'find the labels of a value', table: 'label', sql: 'SELECT * FROM label WHERE value = ?',",
    "parameters: ['spam'], access: { index: 'idx_label_value' } }]",
  ])
  fill(`src/migrations/v${dropped}-drop-states.ts`, "connection.exec('')", [
    "connection.exec('DROP TABLE oauth_states')",
  ])
  fill(`src/migrations/v${dropped}-drop-states.ts`, 'up:', [
    "dataChanges: [{ table: 'oauth_states', reason: 'No server has written it since v6.' }],",
    'up:',
  ])
  fill('src/suite/tables/oauth-states.ts', 'since: 1,', ['since: 1,', `until: ${dropped},`])
  const waivers = project.read('src/suite/waivers.ts')
  project.write('src/suite/waivers.ts', waivers.replace(/,?\s*'oauth_states\.\w+'/g, ''))
  fill(`src/migrations/v${rebuilt}-numeric-stars.ts`, "connection.exec('')", [
    'connection.exec(`',
    'CREATE TABLE label_new (',
    '  uri TEXT NOT NULL, value TEXT NOT NULL, stars INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (uri, value)',
    ');',
    'INSERT INTO label_new (uri, value, stars) SELECT uri, value, coalesce(CAST(stars AS INTEGER), 0) FROM label;',
    'DROP TABLE label;',
    'ALTER TABLE label_new RENAME TO label;',
    'CREATE INDEX idx_label_value ON label(value);',
    '`)',
  ])
  fill(`src/migrations/v${rebuilt}-numeric-stars.ts`, 'up:', [
    "dataChanges: [{ table: 'label', columns: { stars: 'coalesce(CAST(stars AS INTEGER), 0)' }, reason: 'Stars are counted.' }],",
    'up:',
  ])
}

function fill(file: string, text: string, lines: readonly string[]): void {
  project.replace(file, text, lines.join('\n'))
}

/** The names of the tests that failed, of a report of Vitest. */
function failedTests(json: string): string[] {
  const report: {
    readonly testResults: readonly {
      readonly name: string
      readonly message: string
      readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
      readonly status: string
    }[]
  } = JSON.parse(json.slice(json.indexOf('{')))
  const files = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  )
  const tests = report.testResults.flatMap(({ assertionResults }) => assertionResults)
  return [
    ...files.map(({ name, message }) => `${name}: ${message}`),
    ...tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  ]
}

// Goal: the house stays in order. Imports go in one direction, the harness knows nothing of its subject, no
// version lacks what proves it, and whatever can be run is documented.
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'
import { checks, readLedger } from 'migration-proof'
import { describe, expect, it } from 'vitest'
import { listCommands } from '../packages/migration-proof/tests/support/command-line.ts'
import suite from '../src/suite/index.ts'
import { findFileOpeners } from './support/file-system.ts'
import { findCircle, listTypeScript, projectFolder, readCode, readImports } from './support/imports.ts'

const commands = listCommands()
const everyFile = ['src', 'tests', 'packages/migration-proof/src', 'packages/migration-proof/tests'].flatMap(
  listTypeScript,
)
const imports = readImports('src', 'tests', 'packages/migration-proof/src', 'packages/migration-proof/tests')

/** Where tests of the project come in. More than one, so that no fuzzer is loaded where none is needed. */
const entries = ['src/migrations/index.ts', 'src/suite/index.ts']

/** What tests of the project use of the harness, which stands for every package of that name. */
const harness = 'packages/migration-proof'

/** Each row: files, and what of this repository they may import by a path; the harness is imported by its name. */
const directions: readonly (readonly [files: RegExp, mayImport: RegExp])[] = [
  [/^src\/migrations\/v\d+-[a-z0-9-]+\.ts$/, /^$/],
  [/^src\/migrations\/index\.ts$/, /^src\/migrations\//],
  [/^src\/suite\//, /^src\/(suite|migrations)\//],
  [/^src\/cli\.ts$/, /^$/],
  [/^tests\//, /^(src|tests|tools|packages\/migration-proof\/tests)\/|^fixtures\/manifest\.json$/],
  [/^packages\/migration-proof\/src\//, /^packages\/migration-proof\/src\//],
  [
    /^packages\/migration-proof\/tests\//,
    /^packages\/migration-proof\/(src|tests|tools)\/|^tools\/build\.mjs$|^site\/pages\.mjs$/,
  ],
]

/** The folders of the harness from the lowest up. Each may import those on the lines above it, and itself. */
const layers: readonly (readonly string[])[] = [
  ['count.ts', 'errors.ts', 'how-to-run.ts', 'package-folder.ts', 'problem.ts', 'suggest.ts'],
  ['sql'],
  ['engines'],
  ['schema'],
  ['rows'],
  ['migrator'],
  ['snapshots'],
  ['history'],
  ['proof'],
  ['checks'],
  ['behaviour'],
  ['faults', 'findings', 'upgrade'],
  ['compatibility', 'mutation'],
  ['gate', 'report'],
  ['index.ts'],
  ['cli'],
  ['test-runners'],
]

describe('imports', () => {
  it('are found at all', () => {
    expect(imports.length).toBeGreaterThan(100)
  })

  it('lead to files that exist', () => {
    expect(imports.filter(({ to }) => !existsSync(join(projectFolder, to)))).toEqual([])
  })

  it.for(directions)('of %s lead only to %s', ([files, mayImport]) => {
    const own = imports.filter(({ from }) => files.test(from))
    expect(own.filter(({ to }) => !mayImport.test(to))).toEqual([])
  })

  it('belong to files with a direction', () => {
    expect(imports.filter(({ from }) => !directions.some(([files]) => files.test(from)))).toEqual([])
  })

  it.for(directions)('of %s: there are such files', ([files]) => {
    expect(everyFile.some((file) => files.test(file))).toBe(true)
  })

  it('make no cycle', () => {
    expect(findCircle(imports)).toEqual([])
  })

  it('of tests come in through the entries', () => {
    const tests = imports.filter(({ from, to }) => from.startsWith('tests/') && to.startsWith('src/'))
    expect(tests.length).toBeGreaterThan(0)
    expect(tests.filter(({ to }) => !entries.includes(to))).toEqual([])
  })

  it('inside the harness lead downwards', () => {
    const inside = imports.filter(({ from, to }) => isHarness(from) && isHarness(to))
    expect(inside.length).toBeGreaterThan(100)
    const upwards = inside.filter(
      ({ from, to }) => !(partOf(from) === partOf(to) || layerOf(to) < layerOf(from)),
    )
    expect(upwards).toEqual([])
  })
})

/**
 * Files that open files by themselves, and why they may: none of these is a database that a process may have
 * open in SQLite. See https://www.sqlite.org/howtocorrupt.html (2.2), and packages/migration-proof/src/migrator/other-process.ts.
 */
const fileOpeners: readonly (readonly [file: string, reason: string])[] = [
  [
    'packages/migration-proof/src/migrator/other-process.ts',
    'in a process of its own, which never has a database open',
  ],
  ['packages/migration-proof/src/package-folder.ts', 'text'],
  ['packages/migration-proof/src/engines/errors.ts', 'the null device'],
  [
    'packages/migration-proof/src/engines/workerd-host.program.ts',
    'copies of snapshots and of databases that workerd has left, in a folder of its own',
  ],
  [
    'packages/migration-proof/src/history/dbmate-program.ts',
    'files of migrations, for a folder of the program',
  ],
  ['packages/migration-proof/src/upgrade/journal-pages.ts', 'a rollback journal, which carries no locks'],
  ['packages/migration-proof/src/upgrade/compare-backup.ts', 'a file and its backup, in another process'],
  [
    'packages/migration-proof/src/upgrade/original.ts',
    'a rollback journal, and a copy that SQLite opens only afterwards',
  ],
  ['packages/migration-proof/src/upgrade/copy-database.ts', 'a new and empty copy, before SQLite opens it'],
  ['packages/migration-proof/src/upgrade/exclusive-name.ts', 'a new and empty file that keeps a name'],
  [
    'packages/migration-proof/src/upgrade/folders.ts',
    'a folder, and a copy that SQLite has closed, in a folder of the run',
  ],
  [
    'packages/migration-proof/src/upgrade/rehearse-sample.ts',
    'a sample in a folder of the run, while no connection to it is open',
  ],
  ['packages/migration-proof/src/upgrade/copy-database.ts', 'a new file, before SQLite opens it'],
  ['packages/migration-proof/src/upgrade/exclusive-name.ts', 'a new file, which reserves a name'],
  [
    'packages/migration-proof/src/migrator/journal-structure.ts',
    'a rollback journal or a write-ahead log, which carry no locks',
  ],
  [
    'packages/migration-proof/src/upgrade/private-copy.ts',
    'a copy that SQLite has closed, in a folder of the run',
  ],
  ['packages/migration-proof/src/upgrade/holders.ts', 'what Linux says of its processes'],
  ['packages/migration-proof/src/snapshots/build.ts', 'a new file, before SQLite opens it'],
  [
    'packages/migration-proof/src/snapshots/open.ts',
    'a new file, before SQLite opens it, and files of a private folder that no other process opens',
  ],
  ['packages/migration-proof/src/snapshots/paths.ts', 'fixtures, which SQLite only opens as copies'],
  ['packages/migration-proof/src/snapshots/freeze.ts', 'fixtures, which SQLite only opens as copies'],
  [
    'packages/migration-proof/src/snapshots/conditions/leftovers.ts',
    'files of a private folder that no other process opens',
  ],
  ['packages/migration-proof/src/snapshots/ledger.ts', 'text'],
  ['packages/migration-proof/src/cli/freeze-from.ts', 'text'],
  [
    'packages/migration-proof/src/behaviour/databases.ts',
    'text, and a new file before SQLite opens it, or after it has closed it',
  ],
  ['packages/migration-proof/src/behaviour/properties/kept.ts', 'text'],
  ['packages/migration-proof/src/gate/side.ts', 'text'],
  ['packages/migration-proof/src/report/read/history.ts', 'text'],
  ['packages/migration-proof/src/cli/gate/git.ts', 'files of another commit, in a folder of their own'],
  ['packages/migration-proof/src/cli/gate/run.ts', 'text'],
  ['packages/migration-proof/src/cli/output/matrix-page.ts', 'text'],
  ['packages/migration-proof/src/cli/init/set-up.ts', 'text'],
  ['packages/migration-proof/src/cli/release.ts', 'text'],
  ['packages/migration-proof/src/cli/program.ts', 'text'],
  ['packages/migration-proof/src/cli/results/parts.ts', 'text'],
  ['packages/migration-proof/src/cli/report/run.ts', 'text'],
  ['packages/migration-proof/src/history/sql-folder.ts', 'text'],
  ['packages/migration-proof/src/history/function-files.ts', 'code'],
  ['packages/migration-proof/src/history/tasks/drizzle.worker.ts', 'text'],
  [
    'packages/migration-proof/src/compatibility/open-engine.ts',
    'text, and a file of a private folder that another process had open, and this one opens only as a copy',
  ],
  ['packages/migration-proof/src/cli/reuse/folder.ts', 'results, which SQLite never opens'],
  ['packages/migration-proof/src/cli/reuse/identity.ts', 'code'],
  [
    'packages/migration-proof/src/test-runners/matchers.ts',
    'a copy that VACUUM INTO has written and closed, in a folder of its own',
  ],
  [
    'packages/migration-proof/src/test-runners/remote.ts',
    'copies for another process, in a folder of their own',
  ],
  ['packages/migration-proof/src/test-runners/host.worker.ts', 'copies that SQLite opens from memory alone'],
]

describe('files that are not opened by SQLite', () => {
  const found = findFileOpeners('src', 'packages/migration-proof/src')

  it('are found at all', () => {
    expect(found.get('packages/migration-proof/src/upgrade/journal-pages.ts')).toEqual(['openSync'])
    expect(found.size).toBeGreaterThan(10)
  })

  it('are opened only by what has a reason to', () => {
    const allowed = new Set(fileOpeners.map(([file]) => file))
    expect([...found.keys()].filter((file) => !allowed.has(file))).toEqual([])
  })

  it('have no reason left over', () => {
    expect(fileOpeners.filter(([file]) => !found.has(file))).toEqual([])
  })
})

describe('the library that makes random values', () => {
  const users = [...listTypeScript('src'), ...listTypeScript(`${harness}/src`)].filter((file) =>
    /^import (?!type)[^\n]*'fast-check'/m.test(readText(file)),
  )

  it('is loaded by the behaviour of tables alone', () => {
    expect(users).not.toEqual([])
    expect(users.filter((file) => !file.startsWith('packages/migration-proof/src/behaviour/'))).toEqual([])
  })

  it('is not needed to load the suite or the harness', () => {
    const loaded = new Set(['src/suite/index.ts', 'packages/migration-proof/src/index.ts'])
    for (const file of loaded) for (const { from, to } of imports) if (from === file) loaded.add(to)
    expect(loaded.size).toBeGreaterThan(100)
    expect(users.filter((file) => loaded.has(file))).toEqual([])
  })
})

const driverFile = `${harness}/src/engines/better-sqlite3.ts`

describe('the driver, which changes the names of files,', () => {
  const isFound = (words: RegExp) => (file: string) => words.test(readCode(file))
  const files = listTypeScript(`${harness}/src`)

  /** It stands for the driver, and only the file of the driver imports it. */
  const standIn = `${harness}/src/engines/node-sqlite.ts`

  it('is imported by one file, and its types by what stands for it', () => {
    // knex has a client of that name, and TypeORM a type.
    const own = ['knex.ts', 'tasks/typeorm.worker.ts'].map((file) => `${harness}/src/history/${file}`)
    const named = files.filter((file) => !own.includes(file))
    const imported = /(?:from |import\(|require\(|resolve\()['"`]better-sqlite3['"`]/
    expect(named.filter(isFound(imported))).toEqual([driverFile, standIn])
    expect(files.filter(isFound(/node-sqlite\.ts'/))).toEqual([driverFile])
  })

  it('is asked for copies by these alone', () => {
    expect(files.filter(isFound(/\.backup\(/))).toEqual([driverFile, standIn])
  })
})

describe('migrations', () => {
  it('are run by one function, which refuses what is not done when it returns', () => {
    const calls = /\.up\(/
    const files = [...listTypeScript('src'), ...listTypeScript(`${harness}/src`)].filter((file) =>
      calls.test(readText(file)),
    )
    // What a task of a tool does after its promise has settled, the bridge refuses.
    const others = files.filter((file) => !file.startsWith(`${harness}/src/history/tasks/`))
    expect(others).toEqual(['packages/migration-proof/src/migrator/run-up.ts'])
  })
})

describe('the harness', () => {
  it('is tested by its sources, and not by a bundle', () => {
    const stack = expect.stringContaining(`${harness}/src/snapshots/`)
    expect(() => readLedger('nowhere')).toThrow(expect.objectContaining({ stack }))
  })

  const texts = [
    ...['src', 'tests', 'docs', 'bench', 'tools'].flatMap((folder) => listTexts(`${harness}/${folder}`)),
    `${harness}/README.md`,
  ]
  /** One of the public projects whose migrations are proven is of the same field: there, names of its packages stand. */
  const ofPublic = /\/(?:tests\/histories\/|docs\/public-histories\.md$)/
  const namesSubject = (file: string, text: string) =>
    /quickslice|oauth|jetstream|atproto/i.test(
      ofPublic.test(file) ? text.replaceAll(/@atproto\/[\w-]+/g, '') : text,
    )

  it('has a layer for each of its folders', () => {
    const parts = listTypeScript(`${harness}/src`).map(partOf)
    expect([...new Set(parts)].filter((part) => layerOf(`${harness}/src/${part}`) === -1)).toEqual([])
  })

  it('names nothing of the subject, in its tests and pages neither', () => {
    expect(texts.filter((file) => namesSubject(file, readText(file)))).toEqual([])
  })

  it.for([
    'src/index.ts',
    'src/report/html/page/style.css',
    'tests/support/forum.ts',
    'bench/run.mjs',
    'tools/write-command-docs.mjs',
    'docs/commands.md',
    'README.md',
  ])('would be seen to name the subject in %s', (name) => {
    const planted = `${harness}/${name}`
    const read = (file: string) => `${readText(file)}${file === planted ? '// Quickslice' : ''}`
    expect(texts.filter((file) => namesSubject(file, read(file)))).toEqual([planted])
  })
})

const ledger = readLedger(suite.fixtures)
const olderVersions = suite.plan.migrations.slice(0, -1)

describe.for(suite.plan.migrations)('version $version', ({ version }) => {
  it('has a migration in a file of its own', () => {
    const files = readdirSync(join(projectFolder, 'src/migrations'))
    expect(files.filter((file) => file.startsWith(`v${version}-`))).toHaveLength(1)
  })

  it('has a frozen golden schema', () => {
    expect(ledger.schemas.map(({ name }) => name)).toContain(`v${version}`)
    expect(existsSync(join(suite.fixtures, 'schemas', `v${version}.sql`))).toBe(true)
  })
})

describe.for(suite.snapshots)('snapshot $name', ({ name }) => {
  it('has a campaign in a file of its own', () => {
    expect(existsSync(join(projectFolder, 'tests', 'campaign', `${name}.test.ts`))).toBe(true)
  })
})

describe.for(olderVersions)('older version $version', ({ version }) => {
  it('has a frozen snapshot', () => {
    expect(ledger.snapshots.map(({ name }) => name)).toContain(`v${version}`)
    expect(existsSync(join(suite.fixtures, 'snapshots', `v${version}.db`))).toBe(true)
  })
})

const markOfWords = 'words that are not used'
/** The list of words in CONTRIBUTING.md, between two marks. */
const rejectedSection = new RegExp(`<!-- ${markOfWords} -->([\\s\\S]*?)<!-- end of ${markOfWords} -->`)
const [, listOfWords = ''] = rejectedSection.exec(readText('CONTRIBUTING.md')) ?? []
const rejectedWords = quotedNames(listOfWords)
/** Words may be split by the end of a line and the mark of a comment. */
const rejectedPattern = new RegExp(
  `\\b(?:${rejectedWords.join('|').replaceAll(' ', '[\\s*/#]+')})(?:s|ed|ing)?\\b`,
  'gi',
)

const listOfCommands = readText('docs/commands.md')
const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readText('package.json'),
)
/** npm runs these by itself. */
const lifecycleScripts = ['prepare', 'prepublishOnly']
const pages = [
  ...['README.md', 'CONTRIBUTING.md', 'SECURITY.md', `${harness}/README.md`, `${harness}/CHANGELOG.md`],
  ...listPages('docs'),
  ...listPages(`${harness}/docs`),
]

describe.for(Object.keys(scripts).filter((name) => !lifecycleScripts.includes(name)))('script %s', (name) => {
  it('has a line in docs/commands.md', () => {
    expect(listOfCommands).toMatch(new RegExp(`\\bnpm (run )?${name}(?![\\w:-])`))
  })
})

describe.for(pages)('%s', (page) => {
  it('names only scripts that exist', () => {
    const named = [...readText(page).matchAll(/\bnpm (?:run (?:-s )?([a-z][\w:-]*)|(test)\b)/g)]
    const unknown = named.map(([, script, test]) => script ?? test ?? '').filter((name) => !(name in scripts))
    expect(unknown).toEqual([])
  })

  it('names only commands that exist', () => {
    const named = [...readText(page).matchAll(/\bnpx migration-proof ([a-z][\w:-]*)/g)].map(
      ([, name = '']) => name,
    )
    expect(named.filter((name) => !commands.includes(name))).toEqual([])
  })

  it('names only paths that exist, or new files in folders that do', () => {
    const owner = page.startsWith(harness) ? [harness, ''] : ['']
    const roots = /^(?:src|tests|packages|docs|fixtures|tools|containers|bench)\//
    const unknown = quotedNames(readText(page))
      .filter((name) => roots.test(name) && /^[\w./-]+$/.test(name))
      .map((name) => (/\.\w+$/.test(name) ? dirname(name) : name))
      .filter((path) => !owner.some((folder) => isThere(folder, path)))
    expect(unknown).toEqual([])
  })

  it('links only to files that exist', () => {
    const links = [...readText(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link)
    expect(links.filter((link) => !existsSync(join(projectFolder, dirname(page), link)))).toEqual([])
  })
})

/** This project is set up. */
const repeated = commands.filter((name) => name !== 'init')

describe.for(repeated)('command %s', (name) => {
  it('has a script of this project', () => {
    const calls = Object.values(scripts).filter((script) =>
      script.startsWith(`node tools/build.mjs && migration-proof ${name}`),
    )
    expect(calls).not.toEqual([])
  })
})

describe('docs/architecture.md', () => {
  const page = readText('docs/architecture.md')

  it('fits on one screen', () => {
    expect(page.split('\n').length).toBeLessThanOrEqual(81)
  })

  it('has a row for each layer, in the order of the list above', () => {
    expect(firstCells(page, 'Who may import whom').map(quotedNames)).toEqual(layers)
  })

  it('names only files that exist', () => {
    const named = quotedNames(page).filter((name) => /^[\w./-]+\.ts$/.test(name))
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((name) => !['', `${harness}/src`].some((folder) => isThere(folder, name)))).toEqual(
      [],
    )
  })
})

describe("the root's range of the harness", () => {
  it('accepts the version in this repository, so that both can be published', () => {
    const { dependencies } = JSON.parse(readText('package.json'))
    const { version } = JSON.parse(readText(`${harness}/package.json`))
    expect(acceptsVersion(dependencies['migration-proof'], version)).toBe(true)
  })

  it.for([
    ['0.1.9', false],
    ['0.1.10', true],
    ['0.1.11', true],
    ['0.2.0', false],
    ['1.1.10', false],
  ] as const)('accepts %s as npm does: %s', ([version, isAccepted]) => {
    expect(acceptsVersion('^0.1.10', version)).toBe(isAccepted)
  })
})

describe("the harness's README", () => {
  it('has a line for each check, in their order', () => {
    const named = firstCells(readText(`${harness}/README.md`), 'What is checked').flatMap(quotedNames)
    expect(named).toEqual(checks.map(({ name }) => name))
  })
})

describe('a code that a reader sees', () => {
  it.for(checks.map(({ name }) => name))('of the check %s leads to a file', (name) => {
    expect(readText(`${harness}/src/checks/${name.replaceAll(' ', '-')}.ts`)).toContain(`name: '${name}'`)
  })

  it('of a finding leads to a file', () => {
    const folder = `${harness}/src/findings/rules`
    const files = listTypeScript(folder).filter((file) => !file.endsWith('/index.ts'))
    expect(files.length).toBeGreaterThan(10)
    expect(files.filter((file) => !readText(file).includes(`code: '${basename(file, '.ts')}'`))).toEqual([])
  })
})

describe('the layout in CONTRIBUTING.md', () => {
  const parents = ['src', 'tests', `${harness}/src`, `${harness}/tests`]
  const rows = firstCells(readText('CONTRIBUTING.md'), 'The layout').flatMap(quotedNames)

  it.for(parents)('has a row for each folder of %s', (parent) => {
    const folders = readdirSync(join(projectFolder, parent), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${parent}/${name}/`)
    expect(folders.length).toBeGreaterThan(1)
    expect(folders.filter((folder) => !rows.includes(folder))).toEqual([])
  })

  it('names only what exists', () => {
    expect(rows.filter((row) => !isThere('', row))).toEqual([])
  })

  it('names nothing twice', () => {
    expect(rows.filter((row, index) => rows.indexOf(row) !== index)).toEqual([])
  })
})

/** The files of the repository whose words are checked, as git names them. */
const wordedFiles = listFilesOfGit(
  '*.md',
  '*.ts',
  '*.tsx',
  '*.css',
  '*.yml',
  '*.json',
  '*.mjs',
  '*.cjs',
  '*.sh',
  '.ci/run',
  ':!*package-lock.json',
)

describe('words', () => {
  it('are checked at all', () => {
    expect(wordedFiles).toContain('README.md')
    expect(wordedFiles.length).toBeGreaterThan(80)
    for (const folder of ['src/suite/', `${harness}/src/`, `${harness}/tests/`, 'tests/'])
      expect(wordedFiles.filter((file) => file.startsWith(folder))).not.toEqual([])
    expect(rejectedWords.length).toBeGreaterThanOrEqual(11)
  })

  it('are none of those that CONTRIBUTING.md rejects', () => {
    expect(wordedFiles.flatMap((file) => findRejectedWords(file, readText(file)))).toEqual([])
  })

  it('are listed as rejected in CONTRIBUTING.md alone', () => {
    expect(wordedFiles.filter((file) => rejectedSection.test(readText(file)))).toEqual(['CONTRIBUTING.md'])
  })

  it.for(rejectedWords)('would be found: %s', (word) => {
    const [capital = '', ...rest] = word
    const name = `is${capital.toUpperCase()}${rest.join('')}Here`
    const texts = [word, word.toUpperCase(), `\n * (${word.replaceAll(' ', '\n * ')})`, name]
    expect(texts.filter((text) => findRejectedWords('a file', text).length === 0)).toEqual([])
    expect(findRejectedWords('a file', `un${word}ly`)).toEqual([])
  })
})

function isHarness(file: string): boolean {
  return file.startsWith(`${harness}/src/`)
}

/** The folder below the sources of the harness that a file is in, or the file itself. */
function partOf(file: string): string {
  return file.split('/')[3] ?? ''
}

function layerOf(file: string): number {
  return layers.findIndex((parts) => parts.includes(partOf(file)))
}

/** Files that git tracks, or would if they were added. */
function listFilesOfGit(...patterns: string[]): string[] {
  const parameters = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', ...patterns]
  const found = execFileSync('git', parameters, { cwd: projectFolder, encoding: 'utf8' })
  return [...new Set(found.split('\0'))].filter((file) => file !== '' && isThere('', file))
}

/** Each rejected word in a text with its line, in names such as `isWord` too, but not in the list of these words. */
function findRejectedWords(file: string, text: string): string[] {
  const emptied = text.replace(rejectedSection, (section) => section.replaceAll(/./g, ''))
  const words = emptied.replaceAll(/([a-z])(?=[A-Z])/g, '$1 ')
  return [...words.matchAll(rejectedPattern)].map(
    ({ 0: word, index }) => `${file}:${words.slice(0, index).split('\n').length}: ${word}`,
  )
}

/** Whether a range such as `^0.1.2` accepts a version: one at least as high, with the same first number that is not 0. */
function acceptsVersion(range: string, version: string): boolean {
  const [, lowest = '', fixed = ''] = /^\^((?=((?:0\.)*[1-9]\d*))[\d.]+)$/.exec(range) ?? []
  return (
    lowest !== '' &&
    `${version}.`.startsWith(`${fixed}.`) &&
    version.localeCompare(lowest, 'en', { numeric: true }) >= 0
  )
}

/** The first cell of each row of the last table under a heading of a page. */
function firstCells(page: string, heading: string): string[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? ''
  const [, ...rows] = section.slice(section.lastIndexOf('\n| ---')).trim().split('\n')
  return rows.filter((row) => row.startsWith('|')).map((row) => row.split('|')[1] ?? '')
}

/** What stands in backticks. */
function quotedNames(text: string): string[] {
  return [...text.matchAll(/`([^`\n]+)`/g)].map(([, name = '']) => name)
}

function isThere(folder: string, path: string): boolean {
  return existsSync(join(projectFolder, folder, path))
}

function readText(path: string): string {
  return readFileSync(join(projectFolder, path), 'utf8')
}

function listPages(folder: string): string[] {
  return listTexts(folder).filter((file) => file.endsWith('.md'))
}

/** Every text of a folder, but for packages that are installed there, with paths from the project's folder. */
function listTexts(folder: string): string[] {
  const entries = readdirSync(join(projectFolder, folder), { recursive: true, withFileTypes: true })
  return entries
    .filter(({ name, parentPath }) => !/\.(png|db)$/.test(name) && !parentPath.includes('node_modules'))
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => relative(projectFolder, join(parentPath, name)).split(sep).join('/'))
}

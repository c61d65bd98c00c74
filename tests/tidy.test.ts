// Goal: the house stays in order. Imports go in one direction, the harness knows nothing of its subject, no
// version lacks what proves it, and whatever can be run is documented.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { readLedger } from 'migration-proof'
import { describe, expect, it } from 'vitest'
import suite from '../src/suite/index.ts'
import { listCommands } from './support/command-line.ts'
import { findFileOpeners } from './support/file-system.ts'
import { findCircle, listTypeScript, projectFolder, readImports } from './support/imports.ts'

const commands = listCommands()
const imports = readImports('src', 'tests')

/** More than one, so that nobody loads a fuzzer or an engine in WASM who needs none. */
const doors = [
  'src/harness/behaviour/index.ts',
  'src/harness/faults/index.ts',
  'src/harness/index.ts',
  'src/migrations/index.ts',
  'src/suite/arbitraries/index.ts',
  'src/suite/index.ts',
  'src/suite/model/index.ts',
]

/** Each row: files, and what of the project they may import. */
const directions: readonly (readonly [files: RegExp, mayImport: RegExp])[] = [
  [/^src\/migrations\/v\d+-[a-z0-9-]+\.ts$/, /^src\/harness\/migrator\/migration\.ts$/],
  [/^src\/migrations\/index\.ts$/, /^src\/(migrations|harness)\//],
  [/^src\/harness\//, /^src\/harness\//],
  [/^src\/suite\//, /^src\/(suite|migrations|harness)\//],
  [/^src\/cli\//, /^src\/(cli|suite|harness)\//],
  [/^tests\//, /^(src|tests|tools)\//],
]

/** The folders of the harness from the lowest up. Each may import those on the lines above it, and itself. */
const layers: readonly (readonly string[])[] = [
  ['errors.ts', 'how-to-run.ts', 'suggest.ts'],
  ['sql'],
  ['schema'],
  ['migrator'],
  ['snapshots'],
  ['proof'],
  ['behaviour'],
  ['engines', 'faults', 'findings', 'upgrade'],
  ['mutation'],
  ['gate', 'report'],
  ['index.ts'],
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

  it('make no circle', () => {
    expect(findCircle(imports)).toEqual([])
  })

  it('of tests come in through the doors, except of the harness and its own tests', () => {
    const tests = imports.filter(
      ({ from, to }) =>
        !from.startsWith('tests/harness/') && from.startsWith('tests/') && to.startsWith('src/'),
    )
    expect(tests.filter(({ to }) => !doors.includes(to))).toEqual([])
  })

  it('inside the harness lead downwards', () => {
    const inside = imports.filter(({ from, to }) => isHarness(from) && isHarness(to))
    const upwards = inside.filter(
      ({ from, to }) => !(partOf(from) === partOf(to) || layerOf(to) < layerOf(from)),
    )
    expect(upwards).toEqual([])
  })
})

/**
 * Files of `src` that open files by themselves, and why they may: none of these is a database that a process may have
 * open in SQLite. See https://www.sqlite.org/howtocorrupt.html (2.2), and src/harness/migrator/other-process.ts.
 */
const fileOpeners: readonly (readonly [file: string, reason: string])[] = [
  ['src/harness/migrator/other-process.ts', 'in a process of its own, which never has a database open'],
  ['src/harness/migrator/descriptors.ts', 'the null device'],
  ['src/harness/upgrade/journal-pages.ts', 'a rollback journal, which carries no locks'],
  ['src/harness/upgrade/pristine.ts', 'a rollback journal, and a copy that SQLite opens only afterwards'],
  ['src/harness/upgrade/copy-database.ts', 'a new and empty copy, before SQLite opens it'],
  ['src/harness/upgrade/exclusive-name.ts', 'a new and empty file that keeps a name'],
  ['src/harness/upgrade/folders.ts', 'a folder, and a copy that SQLite has closed, in a folder of the run'],
  [
    'src/harness/upgrade/rehearse-sample.ts',
    'a sample in a folder of the run, while no connection to it is open',
  ],
  ['src/harness/upgrade/copy-database.ts', 'a new file, before SQLite opens it'],
  ['src/harness/upgrade/exclusive-name.ts', 'a new file, which reserves a name'],
  ['src/harness/migrator/journal-structure.ts', 'a rollback journal, which carries no locks'],
  ['src/harness/migrator/log-frames.ts', 'a write-ahead log, which carries no locks'],
  ['src/harness/upgrade/holders.ts', 'what Linux says of its processes'],
  ['src/harness/snapshots/build.ts', 'a new file, before SQLite opens it'],
  ['src/harness/snapshots/open.ts', 'a new file, before SQLite opens it'],
  ['src/harness/snapshots/paths.ts', 'fixtures, which SQLite only opens as copies'],
  ['src/harness/snapshots/freeze.ts', 'fixtures, which SQLite only opens as copies'],
  ['src/harness/snapshots/conditions/leftovers.ts', 'files of a private folder that no other process opens'],
  ['src/harness/snapshots/ledger.ts', 'text'],
  ['src/harness/behaviour/properties/kept.ts', 'text'],
  ['src/harness/engines/conversation.ts', 'pipes'],
  ['src/harness/engines/image-list.ts', 'text'],
  ['src/harness/engines/images.ts', 'text'],
  ['src/harness/gate/package.ts', 'text'],
  ['src/harness/report/read/source-files.ts', 'text'],
  ['src/cli/gate/git.ts', 'files of another commit, in a folder of their own'],
  ['src/cli/gate/outputs.ts', 'text'],
  ['src/cli/mutation/page.ts', 'text'],
  ['src/cli/release-freeze/run.ts', 'text'],
  ['src/cli/report-files.ts', 'text'],
  ['src/cli/report/run.ts', 'text'],
  ['src/cli/run.ts', 'text'],
]

describe('files that are not opened by SQLite', () => {
  const found = findFileOpeners('src')

  it('are found at all', () => {
    expect(found.get('src/harness/upgrade/journal-pages.ts')).toEqual(['openSync'])
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

describe('migrations', () => {
  it('are run by one function, which refuses what is not done when it returns', () => {
    const calls = /\.up\(/
    const files = listTypeScript('src').filter((file) => calls.test(readText(file)))
    expect(files).toEqual(['src/harness/migrator/run-up.ts'])
  })
})

describe('the harness', () => {
  it('has a layer for each of its folders', () => {
    const parts = listTypeScript('src/harness').map(partOf)
    expect([...new Set(parts)].filter((part) => layerOf(`src/harness/${part}`) === -1)).toEqual([])
  })

  it('names nothing of the subject', () => {
    const words = /quickslice(?!-migrations)|oauth|jetstream|atproto/i
    const files = listTypeScript('src/harness')
    expect(files.filter((file) => words.test(readFileSync(join(projectFolder, file), 'utf8')))).toEqual([])
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

const readme = readText('README.md')
const { scripts }: { readonly scripts: Readonly<Record<string, string>> } = JSON.parse(
  readText('package.json'),
)
/** npm runs these by itself. */
const lifecycleScripts = ['prepare']
const pages = ['README.md', 'CONTRIBUTING.md', ...listPages('docs')]

describe.for(Object.keys(scripts).filter((name) => !lifecycleScripts.includes(name)))('script %s', (name) => {
  it('has a line in the README', () => {
    expect(readme).toMatch(new RegExp(`\\bnpm (run )?${name}(?![\\w:-])`))
  })
})

describe.for(pages)('%s', (page) => {
  it('names only scripts that exist', () => {
    const named = [...readText(page).matchAll(/\bnpm (?:run (?:-s )?([a-z][\w:-]*)|(test)\b)/g)]
    const unknown = named.map(([, script, test]) => script ?? test ?? '').filter((name) => !(name in scripts))
    expect(unknown).toEqual([])
  })

  it('names only commands that exist', () => {
    const named = [...readText(page).matchAll(/\bquickslice-migrations ([a-z][\w:-]*)/g)].map(
      ([, name = '']) => name,
    )
    expect(named.filter((name) => !commands.includes(name))).toEqual([])
  })

  it('links only to files that exist', () => {
    const links = [...readText(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = '']) => link)
    expect(links.filter((link) => !existsSync(join(projectFolder, dirname(page), link)))).toEqual([])
  })
})

describe.for(commands)('command %s', (name) => {
  it('has a script of its name', () => {
    expect(scripts[name]).toBe(
      `node tools/build.mjs && node packages/migration-proof/dist/cli/main.cjs ${name}`,
    )
  })
})

function isHarness(file: string): boolean {
  return file.startsWith('src/harness/')
}

/** The folder below src/harness that a file is in, or the file itself. */
function partOf(file: string): string {
  return file.split('/')[2] ?? ''
}

function layerOf(file: string): number {
  return layers.findIndex((parts) => parts.includes(partOf(file)))
}

function readText(path: string): string {
  return readFileSync(join(projectFolder, path), 'utf8')
}

function listPages(folder: string): string[] {
  const files = readdirSync(join(projectFolder, folder), { recursive: true, encoding: 'utf8' })
  return files.filter((file) => file.endsWith('.md')).map((file) => `${folder}/${file.split(sep).join('/')}`)
}

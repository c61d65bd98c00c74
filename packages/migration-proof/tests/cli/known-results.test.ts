// Goal: what an earlier run proved is taken from it only where nothing of it has changed, and a change is found as without it.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { loadConfig } from '../../src/cli/load-config.ts'
import { findKnownResults } from '../../src/cli/reuse/find-known.ts'
import { openResultFolder } from '../../src/cli/reuse/folder.ts'
import { loadSnapshot } from '../../src/snapshots/open.ts'
import { packageFolder } from '../support/command-line.ts'
import { makeProject, type ScratchProject } from '../support/scratch-project.ts'

const config = `import { defineConfig } from 'migration-proof'
import { endings } from './endings.mjs'

const migrations = [
  { version: 1, name: 'notes', up: (d) => d.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)') },
  { version: 2, name: 'tags', up: (d) => d.exec('CREATE TABLE tag (note INTEGER REFERENCES note (id), name TEXT)') },
  endings,
]

export default defineConfig({ name: 'notes', migrations, fixtures: 'fixtures' })
`

const endings = `import { ending } from './ending.mjs'

const limit = 100

export const endings = {
  version: 3,
  name: 'endings',
  dataChanges: [{ table: 'note', columns: ['text'], reason: 'each text has an ending' }],
  up: (d) => {
    for (const { id } of d.all('SELECT id FROM note LIMIT ' + limit))
      d.all('UPDATE note SET text = text || ? WHERE id = ?', [ending(), id])
  },
}
`

const ending = 'export const ending = () => process.env.ENDING ?? "."\n'
const file = 'migration-proof.config.mjs'

const require = createRequire(import.meta.url)

/** Puts the package into the project, and better-sqlite3 beside it. */
function install(project: ScratchProject, own: string): void {
  const modules = join(project.folder, 'node_modules')
  mkdirSync(modules, { recursive: true })
  symlinkSync(own, join(modules, 'migration-proof'))
  symlinkSync(dirname(require.resolve('better-sqlite3/package.json')), join(modules, 'better-sqlite3'))
}

const frozen = makeProject({
  'package.json': '{ "type": "module" }\n',
  '.gitignore': 'node_modules\n',
  'ending.mjs': ending,
  'endings.mjs': endings,
  [file]: config,
})
install(frozen, packageFolder)
frozen.run(['freeze'])
expect(frozen.run(['freeze', '--accept-drafts']).exitCode).toBe(0)
const known = frozen.copy()
const first = verify(known)

afterAll(() => frozen.destroy())

function verify(project: ScratchProject, ...options: readonly string[]) {
  const run = project.run(['verify', '--json', ...options])
  return { ...JSON.parse(run.stdout), exitCode: run.exitCode }
}

const all = ['v0-empty', 'v1', 'v2']

/** The snapshots whose upgrade was known, and the version up to which. */
function knownIn({ snapshots }: { readonly snapshots: readonly { snapshot: string; knownUpTo?: number }[] }) {
  return snapshots.flatMap(({ snapshot, knownUpTo }) =>
    knownUpTo === undefined ? [] : [[snapshot, knownUpTo]],
  )
}

function addFourth(project: ScratchProject, sql: string): void {
  project.replace(
    file,
    '\n]\n\nexport',
    `\n  { version: 4, name: 'colours', up: (d) => d.exec(\`${sql}\`) },\n]\n\nexport`,
  )
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])
}

const recolour = 'ALTER TABLE tag ADD COLUMN colour TEXT'

it('a first run knows nothing, and keeps what it proved', () => {
  expect(first).toMatchObject({ exitCode: 0, reuse: { snapshots: 0, sample: null } })
  expect(first.reuse.results).toBeGreaterThan(0)
  expect(knownIn(first)).toEqual([])
})

it('a second run takes all from the first, and proves one of it again', () => {
  const second = verify(known)
  expect(second).toMatchObject({ exitCode: 0, problems: [], reuse: { snapshots: 3, isSampleSame: true } })
  expect(all).toContain(second.reuse.sample)
  expect(second.reuse.results).toBe(first.reuse.results)
  const outcomes = (run: typeof first) =>
    run.snapshots.map((proof: typeof first) =>
      proof.checks.map(({ check, outcome }: typeof first) => [check, outcome]),
    )
  expect(outcomes(second)).toEqual(outcomes(first))
  expect(second.rollbacks).toEqual(first.rollbacks)
})

it('says how much was known, where that is kept, and which result was proven again', () => {
  const { stdout } = known.run(['verify'])
  expect(stdout.replaceAll('\n', ' ')).toMatch(
    /Known: 3 upgrades of an earlier run, in whole or in part; v\S+ was proven again, with the same result\. They are in node_modules\/\.cache\/migration-proof \(\d+ results, .+\)\./,
  )
})

it('with --no-cache nothing is known, and nothing is kept', () => {
  const project = frozen.copy()
  expect(verify(known, '--no-cache')).toMatchObject({ exitCode: 0, reuse: null })
  expect(verify(project, '--no-cache').exitCode).toBe(0)
  expect(readdirSync(join(project.folder, 'node_modules'))).not.toContain('.cache')
})

it('a further version is proven from the files that the others were upgraded to', () => {
  const project = known.copy()
  addFourth(project, recolour)
  const run = verify(project)
  expect(run.exitCode).toBe(0)
  expect(knownIn(run)).toEqual(all.map((name) => [name, 3]))
})

it('a loss in a further version is reported as without what is known', () => {
  const project = known.copy()
  addFourth(project, `${recolour}; DELETE FROM note WHERE id = (SELECT max(id) FROM note)`)
  const withoutTimes = (run: typeof first) =>
    run.snapshots.map((proof: typeof first) =>
      proof.checks.map(({ check, problems }: typeof first) => [check, problems]),
    )
  const run = verify(project)
  expect(run.exitCode).toBe(1)
  expect(withoutTimes(run)).toEqual(withoutTimes(verify(project, '--no-cache')))
})

it.for<[what: string, file: string, text: string, by: string]>([
  ['a module that a migration imports', 'ending.mjs', '"."', '"!"'],
  ['what stands beside a migration', 'endings.mjs', 'limit = 100', 'limit = 99'],
  ['a migration', 'endings.mjs', 'SELECT id FROM note LIMIT', 'SELECT id FROM note ORDER BY id LIMIT'],
  ['what a migration declares', 'endings.mjs', 'each text has an ending', 'every text has an ending'],
  ['a migration in the list', file, 'name TEXT)', 'name TEXT )'],
])('an edit of %s makes what was proven of it unknown', ([, edited, text, by]) => {
  const project = known.copy()
  project.replace(edited, text, by)
  const run = verify(project)
  // Not by the sample, which would find it with luck alone. Without rows, some edits change nothing.
  expect(run.reuse.isSampleSame).toBe(true)
  expect(knownIn(run).filter(([name]) => name !== 'v0-empty')).toEqual([])
})

it('an edit that no migration depends on leaves the upgrades known, and holds them against what is declared now', () => {
  const project = known.copy()
  project.replace(file, "name: 'notes', migrations,", "name: 'notes', tables: [], migrations,")
  expect(verify(project)).toMatchObject({ exitCode: 0, reuse: { snapshots: 3 } })
  const declared = "tables: [{ name: 'note', since: 1, columns: { id: {} } }],"
  project.replace(file, 'tables: [],', declared)
  expect(verify(project).exitCode).toBe(verify(project, '--no-cache').exitCode)
})

it.for<[what: string, up: string]>([
  ['a name in a template', `(d) => { d.exec(\`DELETE FROM note WHERE text = '\${gone.text}'\`) }`],
  ['a spread name', '(d) => d.exec(...[gone.sql])'],
  ['a factory', '((sql) => (d) => d.exec(sql))(gone.sql)'],
  [
    'a method',
    'new (class { constructor(sql) { this.sql = sql } up = (d) => d.exec(this.sql) })(gone.sql).up',
  ],
  ['an import of package.json', '(d) => d.exec(gone.sql)'],
])('a migration that is more than text is known only while it does the same: %s', ([, up]) => {
  const project = frozen.copy()
  const importing = "import { gone } from '#gone'\n"
  project.write('package.json', '{ "type": "module", "imports": { "#gone": "./gone.mjs" } }\n')
  project.write(
    'gone.mjs',
    'export const gone = { text: "no such text", sql: "DELETE FROM note WHERE text = \'no\'" }\n',
  )
  project.write(
    file,
    importing + project.read(file).replace('  endings,', `  { version: 3, name: 'gone', up: ${up} },`),
  )
  project.remove('fixtures/manifest.json')
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])
  expect(verify(project).exitCode).toBe(0)
  expect(verify(project)).toMatchObject({ exitCode: 0, reuse: { snapshots: 3 } })
  project.write('gone.mjs', 'export const gone = { text: "\' OR 1 OR \'", sql: "DELETE FROM note" }\n')
  const run = verify(project)
  expect(run.snapshots.map(({ outcome }: typeof first) => outcome)).toEqual(
    verify(project, '--no-cache').snapshots.map(({ outcome }: typeof first) => outcome),
  )
  expect(run.exitCode).toBe(1)
})

it('an edited check is another check: nothing of it is known', () => {
  const project = known.copy()
  const own = join(project.folder, 'own')
  for (const part of ['dist', 'package.json'])
    cpSync(join(packageFolder, part), join(own, part), { recursive: true })
  const run = () => {
    const { stdout } = project.run(['verify', '--json'], { bundle: join(own, 'dist', 'cli', 'main.cjs') })
    return JSON.parse(stdout)
  }
  expect(knownIn(run())).toHaveLength(3)
  const [name = ''] = readdirSync(join(own, 'dist', 'cli')).filter((each) => each.startsWith('verify-'))
  const path = join(own, 'dist', 'cli', name)
  writeFileSync(path, `${readFileSync(path, 'utf8')}\n// edited\n`)
  expect(knownIn(run())).toEqual([])
  expect(knownIn(run())).toHaveLength(3)
})

it('a damaged result is no result', () => {
  const project = known.copy()
  const folder = join(project.folder, 'node_modules', '.cache', 'migration-proof')
  for (const name of readdirSync(folder)) {
    const bytes = readFileSync(join(folder, name))
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1)
    writeFileSync(join(folder, name), bytes)
  }
  const run = verify(project)
  expect(run.exitCode).toBe(0)
  expect(knownIn(run)).toEqual([])
})

it('a migration that reads the environment is proven again where it does something else', () => {
  const project = known.copy()
  const run = JSON.parse(project.run(['verify', '--json'], { env: { ENDING: '!' } }).stdout)
  expect(run.reuse.isSampleSame).toBe(true)
  expect(knownIn(run)).toEqual([['v0-empty', 3]])
})

it('a result that is not what the same upgrade has now is found by the sample, and all is proven again', async () => {
  const project = frozen.copy()
  project.replace(file, '  endings,\n', '')
  project.remove('fixtures/manifest.json')
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])
  expect(verify(project, '--snapshot', 'v1').exitCode).toBe(0)
  const path = join(project.folder, file)
  const results = findKnownResults(await loadConfig(path), path)
  const { entry } = loadSnapshot(join(project.folder, 'fixtures'), 'v1')
  const result = results?.find(entry, undefined, 2)
  expect(result).toBeDefined()
  if (result) results?.keep(entry, undefined, { ...result, bytes: result.bytes.subarray(0, 4096) })
  const run = verify(project, '--snapshot', 'v1')
  expect(run).toMatchObject({ exitCode: 1, problems: [{ code: 'cache', subject: { name: 'v1' } }] })
  expect(knownIn(run)).toEqual([])
})

it('a folder of results that another program removes or mixes up holds none', () => {
  const path = join(frozen.copy().folder, 'results')
  const [one = '', other = ''] = ['a', 'b'].map((letter) => letter.repeat(64))
  const folder = openResultFolder(path)
  for (const name of [one, other]) folder?.write(name, Buffer.from(name))
  cpSync(join(path, `${one}.result`), join(path, `${other}.result`))
  expect(folder?.read(one)?.toString()).toBe(one)
  expect(folder?.read(other)).toBeNull()
  rmSync(path, { recursive: true })
  expect(folder?.read(one)).toBeNull()
  expect(folder?.trim()).toEqual({ results: 0, bytes: 0 })
  folder?.write(one, Buffer.from(one))
  folder?.clear()
})

it('a folder of results keeps no more than its limit, and what was used last', () => {
  const project = frozen.copy()
  const path = join(project.folder, 'results')
  const names = ['a', 'b', 'c'].map((letter) => letter.repeat(64))
  const folder = openResultFolder(path)
  for (const name of names) folder?.write(name, Buffer.from(name))
  // Another thread has opened it before.
  const opened = openResultFolder(path)
  folder?.write('d'.repeat(64), Buffer.from('d'))
  expect(opened?.read('d'.repeat(64))?.toString()).toBe('d')
  rmSync(join(path, `${'d'.repeat(64)}.result`))
  const size = folder?.trim().bytes ?? 0
  expect(folder?.trim()).toMatchObject({ results: 3 })
  writeFileSync(join(path, 'notes.txt'), 'of a person')
  const smaller = openResultFolder(path, size - 1)
  expect(smaller?.read(names[0] ?? '')?.toString()).toBe(names[0])
  expect(smaller?.trim()).toMatchObject({ results: 2 })
  expect(openResultFolder(path)?.read(names[0] ?? '')).not.toBeNull()
  expect(readdirSync(path)).toContain('notes.txt')
})

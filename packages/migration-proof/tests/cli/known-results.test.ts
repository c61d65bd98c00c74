// Goal: what an earlier run proved is taken from it only where nothing of it has changed, and a change is found as without it.
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { loadConfig } from '../../src/cli/load-config.ts'
import { findKnownResults } from '../../src/cli/reuse/find-known.ts'
import { openResultFolder } from '../../src/cli/reuse/folder.ts'
import { loadSnapshot } from '../../src/snapshots/open.ts'
import { casesOf } from '../support/campaign.ts'
import { packageFolder } from '../support/command-line.ts'
import { makeProject, type ScratchProject } from '../support/scratch-project.ts'

const config = `import { defineConfig } from 'migration-proof'

const migrations = [
  { version: 1, name: 'notes', up: (d) => d.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)') },
  { version: 2, name: 'tags', up: (d) => d.exec('CREATE TABLE tag (note INTEGER REFERENCES note (id), name TEXT)') },
  {
    version: 3,
    name: 'endings',
    dataChanges: [{ table: 'note', columns: ['text'], reason: 'each text has an ending' }],
    up: (d) => d.exec("UPDATE note SET text = text || '.'"),
  },
]

export default defineConfig({ name: 'notes', migrations, fixtures: 'fixtures' })
`

const file = 'migration-proof.config.mjs'

const require = createRequire(import.meta.url)

/** Puts the package into the project, and better-sqlite3 beside it. */
function install(project: ScratchProject, own: string): void {
  const modules = join(project.folder, 'node_modules')
  mkdirSync(modules, { recursive: true })
  symlinkSync(own, join(modules, 'migration-proof'))
  symlinkSync(dirname(require.resolve('better-sqlite3/package.json')), join(modules, 'better-sqlite3'))
}

/** A project with these files whose fixtures are frozen. */
function freezeProject(files: Readonly<Record<string, string>>): ScratchProject {
  const project = makeProject({
    'package.json': '{ "type": "module" }\n',
    '.gitignore': 'node_modules\n',
    ...files,
  })
  install(project, packageFolder)
  freeze(project)
  return project
}

function freeze(project: ScratchProject): void {
  project.run(['freeze'])
  expect(project.run(['freeze', '--accept-drafts']).exitCode).toBe(0)
}

const frozen = freezeProject({ [file]: config })
const known = frozen.copy()
const first = verify(known)

const projects = [frozen]
afterAll(() => {
  for (const project of projects) project.destroy()
})

function verify(project: ScratchProject, ...options: readonly string[]) {
  return verifyIn(project, {}, ...options)
}

function verifyIn(
  project: ScratchProject,
  env: Readonly<Record<string, string>>,
  ...options: readonly string[]
) {
  const run = project.run(['verify', '--json', ...options], { env })
  return { ...JSON.parse(run.stdout), exitCode: run.exitCode }
}

/** All that a run found, without how long it took and what of it was known. */
function foundBy({ exitCode, problems, snapshots, rollbacks }: ReturnType<typeof verify>): unknown {
  const keys = ['durationMilliseconds', 'knownUpTo']
  return JSON.parse(
    JSON.stringify({ exitCode, problems, snapshots, rollbacks }, (key, value) =>
      keys.includes(key) ? undefined : value,
    ),
  )
}

/** Verifies with what is known, and expects what is found without. */
function expectSameAsWithout(project: ScratchProject, env: Readonly<Record<string, string>> = {}) {
  const run = verifyIn(project, env)
  expect(foundBy(run)).toEqual(foundBy(verifyIn(project, env, '--no-cache')))
  return run
}

const all = ['v0-empty', 'v1', 'v2']

/** The snapshots whose upgrade was known, and the version up to which. */
function knownIn({ snapshots }: { readonly snapshots: readonly { snapshot: string; knownUpTo?: number }[] }) {
  return snapshots.flatMap(({ snapshot, knownUpTo }) =>
    knownUpTo === undefined ? [] : [[snapshot, knownUpTo]],
  )
}

function addFourth(project: ScratchProject, sql: string, declared = ''): void {
  project.replace(
    file,
    '\n]\n\nexport',
    `\n  { version: 4, name: 'colours', ${declared} up: (d) => d.exec(\`${sql}\`) },\n]\n\nexport`,
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
  expect(foundBy(second)).toEqual(foundBy(first))
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

it.for(
  casesOf<[what: string, sql: string, declared: string]>(
    [
      ['a loss', `${recolour}; DELETE FROM note WHERE id = (SELECT max(id) FROM note)`, ''],
      [
        'a change',
        "UPDATE tag SET name = 'x'",
        "dataChanges: [{ table: 'tag', columns: ['name'], reason: 'x' }],",
      ],
      [
        'rows that go',
        'DELETE FROM note; DELETE FROM tag',
        "dataChanges: [{ table: 'note', rowsRemoved: 'true', reason: 'x' }, { table: 'tag', reason: 'x' }],",
      ],
      [
        'a new name',
        'ALTER TABLE note RENAME TO memo',
        "dataChanges: [{ table: 'note', renamedTo: 'memo', reason: 'x' }],",
      ],
      [
        'a rebuild',
        'CREATE TABLE other (id INTEGER PRIMARY KEY, text TEXT NOT NULL); INSERT INTO other SELECT id + 100, text FROM note; ' +
          'DROP TABLE note; ALTER TABLE other RENAME TO note; UPDATE tag SET note = note + 100',
        "foreignKeys: 'off', dataChanges: [{ table: 'note', reason: 'x' }, { table: 'tag', columns: ['note'], reason: 'x' }],",
      ],
    ],
    ([what]) => what,
    ['a loss'],
  ),
)('%s in a further version is reported as without what is known', ([, sql, declared]) => {
  const project = known.copy()
  addFourth(project, sql, declared)
  expectSameAsWithout(project)
})

it.for(
  casesOf<[what: string, fields: string, sql: string]>(
    [
      ['one transaction', "runner: { tool: 'own', transaction: 'all', foreignKeys: 'on' },", recolour],
      ['what the connection keeps', '', `PRAGMA recursive_triggers = ON; ${recolour}`],
      ['chance', '', `${recolour} DEFAULT (random()); INSERT INTO note (text) SELECT random()`],
    ],
    ([what]) => what,
    ['what the connection keeps'],
  ),
)('with %s, a further version is proven on the whole way', ([, fields, sql]) => {
  const project = frozen.copy()
  project.replace(file, "name: 'notes', migrations,", `name: 'notes', ${fields} migrations,`)
  expect(verify(project).exitCode).toBe(0)
  addFourth(project, sql, "dataChanges: [{ table: 'note', rowsAdded: true, reason: 'x' }],")
  const run = expectSameAsWithout(project)
  expect(run.reuse.isSampleSame).toBe(true)
  const whole = knownIn(run).filter(([name]) => name === 'v0-empty')
  expect(whole).toEqual([])
})

it('a further version goes on from a file whose migrations switched what they have switched back', () => {
  const project = frozen.copy()
  project.replace(
    file,
    '"UPDATE note',
    '"PRAGMA legacy_alter_table = ON; PRAGMA legacy_alter_table = OFF; UPDATE note',
  )
  project.remove('fixtures')
  freeze(project)
  expect(verify(project).exitCode).toBe(0)
  addFourth(project, recolour)
  expect(knownIn(expectSameAsWithout(project))).toEqual(all.map((name) => [name, 3]))
})

it('a further version does not go on from a file whose migrations have left their connection otherwise', () => {
  const project = frozen.copy()
  project.replace(file, '"UPDATE note', '"PRAGMA legacy_alter_table = ON; UPDATE note')
  project.remove('fixtures')
  freeze(project)
  expect(verify(project).exitCode).toBe(0)
  // The reference of `tag` follows the new name where the old ALTER TABLE is off.
  addFourth(
    project,
    'ALTER TABLE note RENAME TO memo',
    "dataChanges: [{ table: 'note', renamedTo: 'memo', reason: 'x' }],",
  )
  const known = knownIn(expectSameAsWithout(project))
  expect(known.filter(([name]) => name === 'v0-empty')).toEqual([])
})

it.for<[what: string, text: string, by: string]>([
  ['a migration', "text || '.'", "text || '!'"],
  ['what a migration declares', 'each text has an ending', 'every text has an ending'],
  ['a migration in the list', 'name TEXT)', 'name TEXT )'],
])('an edit of %s makes what was proven of it unknown', ([, text, by]) => {
  const project = known.copy()
  project.replace(file, text, by)
  const run = expectSameAsWithout(project)
  // Not by the sample, which would find it with luck alone.
  expect(run.reuse.isSampleSame).toBe(true)
  expect(knownIn(run).filter(([, version]) => Number(version) >= 3)).toEqual([])
})

it('a project that was moved is the same', () => {
  const project = freezeProject({
    'migrations/001_notes.sql': 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\n',
    'migrations/002_tags.sql': 'CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT);\n',
    [file]:
      "import { defineConfig } from 'migration-proof'\nimport { sqlFolder } from 'migration-proof/folder'\n" +
      "export default defineConfig({ name: 'notes', ...sqlFolder('migrations') })\n",
  })
  projects.push(project)
  expect(verify(project).exitCode).toBe(0)
  expect(verify(project.copy())).toMatchObject({ exitCode: 0, reuse: { snapshots: 2 } })
})

it('local times are known in their time zone alone', () => {
  const project = frozen.copy()
  project.replace(file, "text || '.'", "datetime(1700000000, 'unixepoch', 'localtime')")
  project.replace(file, "columns: ['text']", `columns: { text: "'2023-11-14 22:13:20'" }`)
  project.remove('fixtures')
  freeze(project)
  expect(verifyIn(project, { TZ: 'UTC' }).exitCode).toBe(0)
  expect(expectSameAsWithout(project, { TZ: 'America/New_York' }).exitCode).toBe(1)
})

it('a function of the connection is code: nothing of its schema is known', () => {
  const project = frozen.copy()
  project.write('good.mjs', 'export const good = () => true\n')
  project.write(file, `import { good } from './good.mjs'\n${project.read(file)}`)
  project.replace(file, 'text TEXT NOT NULL', 'text TEXT NOT NULL CHECK (good(text))')
  project.replace(
    file,
    "'notes', migrations",
    "'notes', connection: { functions: { good: (t) => good(t) } }, migrations",
  )
  project.remove('fixtures')
  freeze(project)
  expect(verify(project).exitCode).toBe(0)
  project.write('good.mjs', 'export const good = () => false\n')
  expect(expectSameAsWithout(project).exitCode).toBe(1)
})

/** With a migration that is code, in a file of its own, which imports another one and reads the environment. */
const coded = freezeProject({
  [file]: config
    .replace("'migration-proof'\n", "'migration-proof'\nimport { endings } from './endings.mjs'\n")
    .replace(/ {2}\{\n {4}version: 3[\s\S]*?\n {2}\},\n/, '  endings,\n'),
  'ending.mjs': 'export const ending = (text) => (text === "rare" ? process.env.ENDING ?? "." : ".")\n',
  'endings.mjs': `import { ending } from './ending.mjs'

export const endings = {
  version: 3,
  name: 'endings',
  dataChanges: [
    {
      table: 'note',
      columns: ['text'],
      examples: [{ before: { text: 'rare' }, after: { text: 'rare.' } }],
      reason: 'each text has an ending',
    },
  ],
  up: (d) => {
    for (const { id, text } of d.all('SELECT id, text FROM note'))
      d.all('UPDATE note SET text = text || ? WHERE id = ?', [ending(text), id])
  },
}
`,
})
projects.push(coded)

it('what code does is proven again each time', () => {
  expect(verify(coded).exitCode).toBe(0)
  expect(knownIn(expectSameAsWithout(coded))).toEqual([])
})

it.for(
  casesOf<[what: string, change: (project: ScratchProject) => void, env: Readonly<Record<string, string>>]>(
    [
      ['an import', (project) => project.replace('ending.mjs', '"."', '"!"'), {}],
      [
        'its own text',
        (project) => project.replace('endings.mjs', '[ending(text)', '[text === "rare" ? "!" : "."'),
        {},
      ],
      ['the environment', () => {}, { ENDING: '!' }],
    ],
    ([what]) => what,
    ['an import'],
  ),
)('what code does with rows that no snapshot has is proven again: %s', ([, change, env]) => {
  const project = coded.copy()
  expect(verify(project).exitCode).toBe(0)
  change(project)
  expect(expectSameAsWithout(project, env).exitCode).toBe(1)
})

it('an upgrade that begins after code is compared with what the code makes now', () => {
  const project = frozen.copy()
  project.write('note.mjs', 'export const columns = "id INTEGER PRIMARY KEY, text TEXT NOT NULL"\n')
  project.write(file, `import { columns } from './note.mjs'\n${project.read(file)}`)
  project.replace(
    file,
    "'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'",
    // Not a text that says all.
    "'CREATE TABLE note (' + columns + ')'",
  )
  project.remove('fixtures')
  freeze(project)
  expect(knownIn(verify(project))).toEqual([])
  expect(knownIn(verify(project)).map(([name]) => name)).toEqual(['v1', 'v2'])
  project.write(
    'note.mjs',
    'export const columns = "id INTEGER PRIMARY KEY, text TEXT NOT NULL, more TEXT"\n',
  )
  expect(expectSameAsWithout(project).exitCode).toBe(1)
})

it('an edit that no migration depends on leaves the upgrades known, and holds them against what is declared now', () => {
  const project = known.copy()
  project.replace(file, "name: 'notes', migrations,", "name: 'notes', tables: [], migrations,")
  expect(verify(project)).toMatchObject({ exitCode: 0, reuse: { snapshots: 3 } })
  const declared = "tables: [{ name: 'note', since: 1, columns: { id: {} } }],"
  project.replace(file, 'tables: [],', declared)
  expect(verify(project).exitCode).toBe(verify(project, '--no-cache').exitCode)
})

it.for(
  casesOf<[what: string, up: string]>(
    [
      ['a name in a template', `(d) => { d.exec(\`DELETE FROM note WHERE text = '\${gone.text}'\`) }`],
      ['a spread name', '(d) => d.exec(...[gone.sql])'],
      ['a factory', '((sql) => (d) => d.exec(sql))(gone.sql)'],
      [
        'a method',
        'new (class { constructor(sql) { this.sql = sql } up = (d) => d.exec(this.sql) })(gone.sql).up',
      ],
      ['an import of package.json', '(d) => d.exec(gone.sql)'],
    ],
    ([what]) => what,
    ['a name in a template'],
  ),
)('a migration that is more than text is proven again: %s', ([, up]) => {
  const project = frozen.copy()
  const importing = "import { gone } from '#gone'\n"
  project.write('package.json', '{ "type": "module", "imports": { "#gone": "./gone.mjs" } }\n')
  project.write(
    'gone.mjs',
    'export const gone = { text: "no such text", sql: "DELETE FROM note WHERE text = \'no\'" }\n',
  )
  project.write(
    file,
    importing +
      project
        .read(file)
        .replace(
          / {2}\{\n {4}version: 3[\s\S]*?\n {2}\},\n/,
          () => `  { version: 3, name: 'gone', up: ${up} },\n`,
        ),
  )
  project.remove('fixtures/manifest.json')
  project.run(['freeze'])
  project.run(['freeze', '--accept-drafts'])
  expect(verify(project).exitCode).toBe(0)
  expect(knownIn(verify(project)).filter(([, version]) => Number(version) >= 3)).toEqual([])
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

it('a result that is not what the same upgrade has now is found by the sample, and all is proven again', async () => {
  const project = frozen.copy()
  project.write(file, project.read(file).replace(/ {2}\{\n {4}version: 3[\s\S]*?\n {2}\},\n/, ''))
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
  // Left by a run that was killed, and by one that is writing.
  const [left, fresh] = [1, 2].map((end) => join(path, `${'e'.repeat(64)}.result.1.${end}`))
  for (const draft of [left, fresh]) writeFileSync(draft ?? '', 'half')
  utimesSync(left ?? '', 0, 0)
  expect(opened?.read('d'.repeat(64))?.toString()).toBe('d')
  rmSync(join(path, `${'d'.repeat(64)}.result`))
  const size = folder?.trim().bytes ?? 0
  expect(folder?.trim()).toMatchObject({ results: 3 })
  expect([left, fresh].map((draft) => existsSync(draft ?? ''))).toEqual([false, true])
  writeFileSync(join(path, 'notes.txt'), 'of a person')
  const smaller = openResultFolder(path, size - 1)
  expect(smaller?.read(names[0] ?? '')?.toString()).toBe(names[0])
  expect(smaller?.trim()).toMatchObject({ results: 2 })
  expect(openResultFolder(path)?.read(names[0] ?? '')).not.toBeNull()
  expect(readdirSync(path)).toContain('notes.txt')
})

// Goal: nothing of a released migration changes unseen: its id, its name, what it declares, its code, the file that the
// tool of the project holds a checksum of. Each is named, with its file and line, by every command that reads the ledger.
import type { Problem } from 'migration-proof'
import { afterAll, describe, expect, it } from 'vitest'
import { library } from '../support/notes-project.ts'
import { makeProject, type ScratchProject } from '../support/scratch-project.ts'

const entry = (name: string) => library.replace(/index\.js$/, `history/${name}.js`)

const configOf = (history: string) => `import { defineConfig } from '${library}'
${history}
export default defineConfig({ name: 'notes', ...history, fixtures: 'fixtures' })
`

const packageJson = '{ "name": "notes", "version": "1.0.0", "type": "module" }\n'
const changelog = '# Changelog\n\n## 1.0.0 - 2025-01-31\n\n- The migrations v1 to v3.\n'

/** A history by hand: the last migration rebuilds a parent, and the one before it works on the rows that it finds. */
const byHand = {
  'package.json': packageJson,
  'CHANGELOG.md': changelog,
  'migration-proof.config.mjs': configOf(
    [1, 2, 3].map((version) => `import { v${version} } from './migrations/v${version}.mjs'\n`).join('') +
      'const history = { migrations: [v1, v2, v3] }',
  ),
  'migrations/v1.mjs': `export const v1 = {
  version: 1,
  name: 'notes',
  up: (database) => {
    database.exec('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)')
    database.exec('CREATE TABLE tag (note_id INTEGER NOT NULL REFERENCES note (id) ON DELETE CASCADE, name TEXT NOT NULL)')
  },
}
`,
  'migrations/v2.mjs': `// Adds the length of each note.
export const v2 = {
  version: 2,
  name: 'lengths',
  up: (database) => {
    database.exec('ALTER TABLE note ADD COLUMN length INTEGER')
    for (const { id, text } of database.all('SELECT id, text FROM note')) {
      database.all('UPDATE note SET length = ? WHERE id = ?', [BigInt(String(text).length), id])
    }
  },
  dataChanges: [{ table: 'note', columns: ['length'], reason: 'it was not kept' }],
}
`,
  'migrations/v3.mjs': `export const v3 = {
  version: 3,
  name: 'text may be long',
  foreignKeys: 'off',
  up: (database) => {
    database.exec('CREATE TABLE new (id INTEGER PRIMARY KEY, text TEXT NOT NULL, length INTEGER)')
    database.exec('INSERT INTO new SELECT id, text, length FROM note')
    database.exec('DROP TABLE note')
    database.exec('ALTER TABLE new RENAME TO note')
  },
}
`,
}

const folderOf = (adapter: string, argument = "'migrations'") =>
  `import { ${adapter} } from '${entry(adapter === 'sqlFolder' ? 'folder' : adapter)}'\nconst history = ${adapter}(${argument})`

const texts = {
  notes: 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL);\n',
  tags: '-- Tags of notes.\nCREATE TABLE tag (name TEXT NOT NULL);\n',
  index: 'CREATE INDEX note_text ON note (text);\n',
}

const inFolder = (adapter: string) => ({
  'package.json': packageJson,
  'CHANGELOG.md': changelog,
  'migration-proof.config.mjs': configOf(folderOf(adapter)),
  'migrations/0001_notes.sql': texts.notes,
  'migrations/0002_tags.sql': texts.tags,
  'migrations/0003_index.sql': texts.index,
})

const started: ScratchProject[] = []
afterAll(() => {
  for (const project of started) project.destroy()
})

/** A project whose history was frozen and released on `main`. */
function release(files: Readonly<Record<string, string>>): ScratchProject {
  const project = makeProject(files)
  started.push(project)
  project.run(['freeze'])
  const { exitCode, stdout, stderr } = project.run(['freeze', '--accept-drafts'])
  if (exitCode !== 0) throw new Error(stdout + stderr)
  project.commit('Freeze')
  return project
}

interface Said {
  readonly problems: readonly Problem[]
}

const commands = {
  check: ['freeze', '--check'],
  status: ['status'],
  gate: ['gate', '--history', '--base', 'main'],
} as const

/** The problems of migrations that a command reports, as `code subject file:line`. */
function namedBy(project: ScratchProject, command: keyof typeof commands = 'status'): readonly string[] {
  const { stdout } = project.run([...commands[command], '--json'])
  const said: Said & { readonly gate?: Said } = JSON.parse(stdout)
  const { problems } = said.gate ?? said
  return problems.filter(isOfMigration).map(describeWhere)
}

/** What each command reports. */
function namedByAll(project: ScratchProject) {
  return { check: namedBy(project, 'check'), status: namedBy(project), gate: namedBy(project, 'gate') }
}

function isOfMigration({ subject }: Problem): boolean {
  return subject.type === 'migration'
}

function describeWhere({ code, subject, location }: Problem): string {
  return `${code} ${subject.name} ${location?.file}:${location?.line}`
}

/** Each command names this, and nothing else. */
function everywhere(...named: readonly string[]) {
  return { check: named, status: named, gate: named }
}

describe('of a history by hand', () => {
  const released = release(byHand)

  it('nothing is named where nothing changed, or only how code is written', () => {
    expect(namedByAll(released)).toEqual(everywhere())
    const project = released.copy()
    project.replace('migrations/v2.mjs', '// Adds the length of each note.', '/* Other words. */')
    project.replace('migrations/v2.mjs', "name: 'lengths',", 'name:   "lengths"  ,')
    expect(namedBy(project)).toEqual([])
  })

  it('a declaration that is gone is named', () => {
    const project = released.copy()
    project.replace('migrations/v3.mjs', "  foreignKeys: 'off',\n", '')
    expect(namedByAll(project)).toEqual(everywhere('declaration-changed v3 migrations/v3.mjs:5'))
    expect(project.run(['freeze', '--check']).stdout).toContain("foreignKeys: 'off'")
  })

  it('a change of data that is declared otherwise is named; its reason may be corrected', () => {
    const project = released.copy()
    project.replace('migrations/v2.mjs', 'it was not kept', 'it was never kept')
    expect(namedBy(project)).toEqual([])
    project.replace('migrations/v2.mjs', "columns: ['length'],", '')
    expect(namedBy(project)).toEqual(['declaration-changed v2 migrations/v2.mjs:6'])
  })

  it('code that does something else with the rows is named, though an empty database does not show it', () => {
    const project = released.copy()
    project.replace('migrations/v2.mjs', 'String(text).length', 'String(text).length + 1')
    expect(namedByAll(project)).toEqual(everywhere('migration-edited v2 migrations/v2.mjs:6'))
    expect(project.run(['status']).stdout).toContain('on the rows of v1')
  })

  it('code that would do something else with other rows is named', () => {
    const project = released.copy()
    project.replace('migrations/v2.mjs', 'String(text).length', "(text === 'rare' ? 0 : String(text).length)")
    expect(namedBy(project)).toEqual(['migration-edited v2 migrations/v2.mjs:6'])
    expect(project.run(['status']).stdout).toContain('other code')
  })

  it('a name that is another one is named', () => {
    const project = released.copy()
    project.replace('migrations/v3.mjs', 'text may be long', 'long texts')
    expect(namedBy(project)).toEqual(['migration-renamed v3 migrations/v3.mjs:6'])
  })
})

describe('of a folder of SQL', () => {
  const released = release(inFolder('sqlFolder'))

  it('a comment may be corrected', () => {
    const project = released.copy()
    project.replace('migrations/0002_tags.sql', '-- Tags of notes.', '-- Their tags.')
    expect(namedByAll(project)).toEqual(everywhere())
  })

  it('a statement that was edited is named by its file', () => {
    const project = released.copy()
    project.replace('migrations/0002_tags.sql', 'name TEXT NOT NULL', 'name TEXT')
    expect(namedByAll(project)).toEqual(
      everywhere('migration-edited 0002_tags.sql migrations/0002_tags.sql:2'),
    )
  })

  it('a file that was renamed is named', () => {
    const project = released.copy()
    rename(project, '0002_tags.sql', '0002_labels.sql')
    expect(namedByAll(project)).toEqual(
      everywhere('migration-renamed 0002_tags.sql migrations/0002_labels.sql:2'),
    )
  })

  it('two files that were swapped are named, by their contents', () => {
    const project = released.copy()
    project.write('migrations/0002_tags.sql', texts.index)
    project.write('migrations/0003_index.sql', texts.tags)
    expect(namedBy(project)).toEqual(['migrations-swapped 0002_tags.sql migrations/0002_tags.sql:1'])
  })

  it('two files that were swapped are named, by their names', () => {
    const project = released.copy()
    rename(project, '0002_tags.sql', '0003_tags.sql')
    rename(project, '0003_index.sql', '0002_index.sql')
    expect(namedByAll(project)).toEqual(
      everywhere('migrations-swapped 0002_tags.sql migrations/0003_tags.sql:2'),
    )
  })

  it('a file that was inserted before released ones is named', () => {
    const project = released.copy()
    project.write('migrations/0002_between.sql', 'CREATE TABLE between_them (a TEXT);\n')
    expect(namedBy(project, 'check')).toEqual([
      'migration-inserted 0002_between.sql migrations/0002_between.sql:1',
    ])
  })

  it('a file that is gone is named', () => {
    const project = released.copy()
    project.remove('migrations/0003_index.sql')
    expect(namedBy(project)).toEqual(['version-removed 0003_index.sql undefined:undefined'])
  })
})

describe('of a tool that keeps a checksum', () => {
  const released = release(inFolder('sqlx'))

  it('an edited comment is named, with what the tool does about it', () => {
    const project = released.copy()
    project.replace('migrations/0002_tags.sql', '-- Tags of notes.', '-- Their tags.')
    expect(namedByAll(project)).toEqual(everywhere('checksum-changed v2 migrations/0002_tags.sql:2'))
    const { stdout } = project.run(['freeze', '--check'])
    expect(stdout).toContain('the application does not start')
  })
})

describe('a ledger of format 1', () => {
  const converted = release(byHand)
  const older = converted.copy()
  const manifest = 'fixtures/manifest.json'
  older.write(manifest, toFirstFormat(converted.read(manifest)))
  older.commit('Have a ledger of format 1')

  it('is read, and stays as it is, until it is asked to be converted', () => {
    const project = older.copy()
    const before = project.read(manifest)
    expect(namedByAll(project)).toEqual(everywhere())
    expect(project.run(['status']).stdout).toContain('freeze --ledger-format 2')
    expect(project.run(['freeze']).exitCode).toBe(0)
    expect(project.read(manifest)).toBe(before)
  })

  it('is converted by one command, which keeps every entry as it was', () => {
    const project = older.copy()
    const before = project.read(manifest)
    const { exitCode, stdout } = project.run(['freeze', '--ledger-format', '2'])
    expect(stdout).toContain('converted migrations/v3')
    expect(exitCode).toBe(0)
    expect(project.read(manifest)).toBe(converted.read(manifest))
    expect(toFirstFormat(project.read(manifest))).toBe(before)
    expect(project.git('status', '--short')).toBe(` M ${manifest}\n`)
    expect(project.run(['gate', '--history', '--base', 'main']).exitCode).toBe(0)
    expect(project.run(['freeze', '--ledger-format', '2']).stdout).toContain('Nothing is missing')
  })

  it('in the base is enough for the gate to see what it does not pin', () => {
    const project = older.copy()
    project.replace('migrations/v3.mjs', "  foreignKeys: 'off',\n", '')
    project.run(['freeze', '--ledger-format', '2'])
    expect(namedByAll(project)).toEqual({
      check: [],
      status: [],
      gate: ['declaration-changed v3 migrations/v3.mjs:5'],
    })
  })

  it('that took the place of one of format 2 is named by the gate', () => {
    const project = converted.copy()
    project.write(manifest, older.read(manifest))
    expect(project.run(['gate', '--history', '--base', 'main']).stdout).toMatch(
      /ledger-rewritten[\s\S]+format 2[\s\S]+format 1/,
    )
  })

  it('is converted to no other format', () => {
    const { exitCode, stderr } = older.run(['freeze', '--ledger-format', '3'])
    expect(stderr).toMatch(/^Error: --ledger-format: expected 2, [^\n]+\.\n$/)
    expect(exitCode).toBe(2)
  })
})

/** A ledger as an older version wrote it. */
function toFirstFormat(text: string): string {
  const { algorithms, schemas, snapshots, migrations } = JSON.parse(text)
  const { file, schema, content, statements } = algorithms
  const older = {
    format: 1,
    algorithms: { file, schema, content, statements },
    schemas,
    snapshots,
    migrations: migrations.map((entry: { version: number; statements: number; hash: string }) => ({
      version: entry.version,
      statements: entry.statements,
      hash: entry.hash,
    })),
  }
  return `${JSON.stringify(older, null, 2)}\n`
}

function rename(project: ScratchProject, before: string, after: string): void {
  const text = project.read(`migrations/${before}`)
  project.remove(`migrations/${before}`)
  project.write(`migrations/${after}`, text)
}

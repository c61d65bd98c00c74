// Goal: what has gone wrong in the history of other projects is caught and named before it is released here: each
// case is tried on a copy of a project under git.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Problem } from 'migration-proof'
import { afterAll, describe, expect, it } from 'vitest'
import { copyForum, latest } from '../support/forum.ts'
import type { ScratchProject } from '../support/scratch-project.ts'

const released = copyForum()
afterAll(() => released.destroy())

const next = latest + 1

/** What the gate reports of the history. */
interface Gated {
  readonly exitCode: number | null
  readonly text: string
  /** Code and subject of each problem that counts. */
  readonly problems: readonly string[]
  /** Where each of them is, by the same name. */
  readonly places: Readonly<Record<string, string>>
}

describe('the gate', () => {
  it('lets the released state pass', () => {
    expect(gate(released)).toMatchObject({ exitCode: 0, problems: [] })
  })

  it('names the statement of an old version that was edited after its release', () => {
    const scratch = released.copy()
    scratch.replace('migrations/v2-posts.js', ';\n      CREATE INDEX post_member ON post (member)', '')
    const { exitCode, problems, places, text } = gate(scratch)
    expect(exitCode).toBe(1)
    expect(problems).toContain('migration-edited migrations/v2')
    expect(places['migration-edited migrations/v2']).toMatch(/^migrations\/v2-posts\.js:\d+$/)
    expect(text).toContain('CREATE INDEX post_member')
    expect(gate(scratch, []).problems).toContain('migration-edited migrations/v2')
  })

  describe('that sees a column added to a table after the version was frozen', () => {
    const scratch = released.copy()
    const file = addColumn(scratch)
    const edited = `migration-edited migrations/v${latest}`

    it('names it', () => {
      const { exitCode, problems, places, text } = gate(scratch)
      const lines = scratch.read(file).split('\n')
      const statement = lines.findIndex((line) => line.includes('CREATE TABLE topic'))
      expect(exitCode).toBe(1)
      expect(problems).toContain(edited)
      expect(places[edited]).toBe(`${file}:${statement + 1}`)
      expect(text).toContain('added_later')
      expect(gate(scratch, []).problems).toContain(edited)
    })

    it('sees by the base that all fixtures were made again from it', () => {
      regenerate(scratch)
      expect(gate(scratch, [])).toMatchObject({ exitCode: 0, problems: [] })
      const { exitCode, problems, places } = gate(scratch)
      expect(exitCode).toBe(1)
      expect(problems).toContain(edited)
      expect(problems).toContain(`schema-edited schemas/v${latest}`)
      expect(places[`schema-edited schemas/v${latest}`]).toMatch(/^fixtures\/schemas\/v\d+\.sql:\d+$/)
    })
  })

  describe('that meets a new version', () => {
    const labelled = released.copy()
    addVersion(labelled, 'label')

    it('names all that it lacks without its fixtures', () => {
      expect(gate(labelled)).toMatchObject({
        exitCode: 1,
        problems: [
          'package-version package.json',
          `changelog-missing migrations/v${next}`,
          `snapshot-missing snapshots/v${latest}`,
          `schema-unreviewed schemas/v${next}`,
          `migration-not-pinned migrations/v${next}`,
        ],
      })
    })

    it('names the number that another branch has taken meanwhile', () => {
      const scratch = labelled.copy()
      scratch.git('switch', '--quiet', '--create', 'labels')
      scratch.commit('Add labels')
      scratch.git('switch', '--quiet', 'main')
      addVersion(scratch, 'badge')
      scratch.commit('Add badges')
      scratch.git('switch', '--quiet', 'labels')
      const { problems, text } = gate(scratch)
      expect(problems[0]).toBe(`version-taken migrations/v${next}`)
      expect(text).toContain(`migrations/v${next}-badge.js`)
      expect(text).toContain(`number this migration ${next + 1}`)
    })

    it('names the two files that have the same number', () => {
      const scratch = labelled.copy()
      addVersion(scratch, 'badge')
      const { exitCode, problems, text } = gate(scratch)
      expect(exitCode).toBe(1)
      expect(problems).toContain(`version-twice migrations/v${next}`)
      expect(problems).toContain('suite-unloadable the config')
      expect(text).toContain(`migrations/v${next}-badge.js and migrations/v${next}-label.js`)
    })
  })

  describe('that meets a new version with its snapshot declared', () => {
    const scratch = released.copy()
    addVersion(scratch, 'label')
    declareSnapshot(scratch)

    it('names a draft that is not reviewed', () => {
      scratch.run(['freeze'])
      const { problems, text } = gate(scratch)
      expect(problems).toContain(`schema-unreviewed schemas/v${next}`)
      expect(text).toContain('a draft that is not reviewed')
    })

    it('holds nothing against a branch that the base has gone ahead of', () => {
      scratch.run(['freeze'])
      scratch.run(['freeze', '--accept-drafts'])
      expect(scratch.read('fixtures/manifest.json')).toContain(`"name": "v${next}"`)
      scratch.commit('Add and freeze labels')
      const behind = released.copy()
      behind.git('switch', '--quiet', '--create', 'words')
      behind.write('docs/words.md', 'Words.\n')
      behind.commit('Write words')
      behind.git('fetch', '--quiet', scratch.folder, 'main:main')
      expect(gate(behind)).toMatchObject({ exitCode: 0, problems: [] })
    })
  })

  it('takes other line ends, white space, comments and case of keywords for what they are', () => {
    const scratch = released.copy()
    const folders = ['migrations', 'fixtures/schemas', 'fixtures/rows']
    const files = folders.flatMap((folder) =>
      readdirSync(join(scratch.folder, folder)).map((file) => `${folder}/${file}`),
    )
    for (const file of [...files, 'fixtures/manifest.json', 'CHANGELOG.md', 'package.json']) {
      const text = file.startsWith('migrations/') ? reformat(scratch.read(file)) : scratch.read(file)
      scratch.write(file, text.replaceAll('\n', '\r\n'))
    }
    expect(scratch.git('status', '--short').split('\n').length).toBeGreaterThan(files.length)
    expect(gate(scratch)).toMatchObject({ exitCode: 0, problems: [] })
  })
})

function gate(scratch: ScratchProject, options: readonly string[] = ['--base', 'main']): Gated {
  const { exitCode, stdout, stderr } = scratch.run(['gate', '--history', '--json', ...options])
  if (exitCode === 2) throw new Error(stderr)
  const { gate: found }: { readonly gate: { readonly problems: readonly Problem[] } } = JSON.parse(stdout)
  const failed = found.problems.filter(({ status }) => status === 'new')
  return {
    exitCode,
    text: JSON.stringify(failed, null, 1),
    problems: failed.map(nameOf),
    places: Object.fromEntries(
      failed.map((problem) => [nameOf(problem), `${problem.location?.file}:${problem.location?.line}`]),
    ),
  }
}

const folders: Readonly<Record<string, string>> = {
  migration: 'migrations/',
  'golden schema': 'schemas/',
  snapshot: 'snapshots/',
}

function nameOf({ code, subject }: Problem): string {
  return `${code} ${folders[subject.type] ?? ''}${subject.name}`
}

/** A column that fresh files have, and those that were upgraded before have not. */
function addColumn(scratch: ScratchProject): string {
  const [file = ''] = readdirSync(join(scratch.folder, 'migrations')).filter((name) =>
    name.startsWith(`v${latest}-`),
  )
  const [column = ''] = / post TEXT[^\n]*\n/.exec(scratch.read(`migrations/${file}`)) ?? []
  scratch.replace(`migrations/${file}`, column, `${column}        added_later TEXT,\n`)
  return `migrations/${file}`
}

/** Deletes what the code can make again, and takes whatever it makes. */
function regenerate(scratch: ScratchProject): void {
  for (const file of ['manifest.json', 'snapshots', `schemas/v${latest}.sql`])
    scratch.remove(`fixtures/${file}`)
  scratch.run(['freeze'])
  const { exitCode, stdout } = scratch.run(['freeze', '--accept-drafts'])
  if (exitCode !== 0) throw new Error(stdout)
}

/** A new version with a table, listed after the latest, and nothing else that belongs to it. */
function addVersion(scratch: ScratchProject, table: string): void {
  const list = 'migrations/index.js'
  scratch.write(
    `migrations/v${next}-${table}.js`,
    `export const ${table}Table = {
  version: ${next},
  name: '${table} table',
  up: (connection) => connection.exec('CREATE TABLE ${table} (id INTEGER PRIMARY KEY, name TEXT NOT NULL)'),
}
`,
  )
  const added = scratch.read(list).replace(/\]\n$/, `, ${table}Table]\n`)
  scratch.write(list, `import { ${table}Table } from './v${next}-${table}.js'\n${added}`)
}

function declareSnapshot(scratch: ScratchProject): void {
  const declaration = `{ name: 'v${latest}', version: ${latest}, form: 'versioned', origin: 'A test.', releases: [] },`
  scratch.replace('migration-proof.config.js', '  ],\n  tables,', `    ${declaration}\n  ],\n  tables,`)
}

/** The same statements, written otherwise. */
function reformat(text: string): string {
  return text
    .replaceAll(/^ {6}/gm, '\t\t\t')
    .replaceAll('CREATE TABLE IF NOT EXISTS', 'create  table /* as released */ if not exists')
    .replaceAll('TEXT NOT NULL', 'TEXT  not null')
}

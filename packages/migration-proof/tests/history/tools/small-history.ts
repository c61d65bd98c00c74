import type { Migration } from '../../../src/migrator/migration.ts'

/** A migration, before it is written in the form of a tool. */
export interface Step {
  readonly name: string
  readonly statements: readonly string[]
}

/** Rebuilds a table as SQLite's manual says, in all but the PRAGMA around it. */
const rebuild = (table: string, columns: string, kept: string) => [
  `CREATE TABLE new_${table} (${columns})`,
  `INSERT INTO new_${table} (${kept}) SELECT ${kept} FROM ${table}`,
  `DROP TABLE ${table}`,
  `ALTER TABLE new_${table} RENAME TO ${table}`,
]

const authors: Step = {
  name: 'authors',
  statements: [
    'CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL)',
    'CREATE TABLE book (id INTEGER PRIMARY KEY, author_id INTEGER NOT NULL REFERENCES author (id) ON DELETE CASCADE)',
    'CREATE INDEX book_author ON book (author_id)',
  ],
}
const labels: Step = {
  name: 'labels',
  statements: [
    'CREATE TABLE label (id INTEGER PRIMARY KEY, text TEXT NOT NULL)',
    'CREATE INDEX label_text ON label (text)',
  ],
}
const shelves: Step = {
  name: 'shelves',
  statements: ['CREATE TABLE shelf (id INTEGER PRIMARY KEY, room TEXT NOT NULL)'],
}
const states: Step = {
  name: 'states',
  statements: [
    "ALTER TABLE book ADD COLUMN state TEXT NOT NULL DEFAULT 'new'",
    ...rebuild('label', 'id INTEGER PRIMARY KEY, text TEXT NOT NULL, shelf_id INTEGER', 'id, text'),
    'CREATE INDEX label_text ON label (text)',
    'UPDATE shelf SET room = trim(room)',
  ],
}

/** Three migrations that are released, and a new one. */
export const smallHistory: readonly Step[] = [authors, labels, shelves, states]

/** What the new one declares that it changes. */
export const dataChanges: NonNullable<Migration['dataChanges']> = [
  { table: 'shelf', columns: { room: 'trim(room)' }, reason: 'no room has spaces around its name' },
]

/** What someone does wrong. */
export interface Fault {
  readonly name: string
  /** What is expected to report it, each command with the code of the problem. */
  readonly found: Readonly<Partial<Record<Command, string>>>
  /** @param keepsKeysOn whether a PRAGMA of a migration cannot switch foreign keys off */
  readonly inject: (steps: readonly Step[], keepsKeysOn: boolean) => readonly Step[]
  /** The migrations whose files are expected to be named, by their positions counted from 1. */
  readonly versions: readonly number[]
  /** Whether one problem names one of those files. */
  readonly isOneOf?: true
  /** What the line of the file holds. A migration that is a function may be named by the line of its `up` instead. */
  readonly line: RegExp
}

/** What a user runs. */
export type Command = 'freeze --check' | 'verify' | 'lint'

/** A step with one text replaced, which it must hold. */
function edit(steps: readonly Step[], name: string, text: string, by: string): readonly Step[] {
  return steps.map((step) => {
    if (step.name !== name) return step
    const statements = step.statements.map((sql) => sql.replace(text, by))
    if (statements.join() === step.statements.join()) throw new Error(`${name} does not hold '${text}'`)
    return { name, statements }
  })
}

function add(steps: readonly Step[], name: string, more: readonly string[]): readonly Step[] {
  return steps.map((step) =>
    step.name === name ? { name, statements: [...step.statements, ...more] } : step,
  )
}

const lossyRebuild = rebuild('author', 'id INTEGER PRIMARY KEY, name TEXT NOT NULL', 'id, name')

export const faults: readonly Fault[] = [
  {
    name: 'an edited file',
    found: { 'freeze --check': 'migration-edited' },
    versions: [2],
    line: /label/,
    inject: (steps) => edit(steps, 'labels', 'text TEXT NOT NULL', 'text TEXT NOT NULL COLLATE NOCASE'),
  },
  {
    name: 'an index dropped in a rebuild',
    found: { verify: 'golden', lint: 'rebuild-lost-objects' },
    versions: [4],
    line: /label/,
    inject: (steps) =>
      steps.map(({ name, statements }) => ({
        name,
        statements: name === 'states' ? statements.filter((sql) => !sql.includes('INDEX')) : statements,
      })),
  },
  {
    name: 'rows lost by cascade in a rebuild',
    found: { verify: 'rows' },
    versions: [4],
    line: /DROP TABLE author/,
    inject: (steps, keepsKeysOn) =>
      add(
        steps,
        'states',
        keepsKeysOn
          ? ['PRAGMA foreign_keys = OFF', ...lossyRebuild, 'PRAGMA foreign_keys = ON']
          : lossyRebuild,
      ),
  },
  {
    name: 'a wrong default',
    found: { verify: 'golden' },
    versions: [4],
    line: /DEFAULT 'old'/,
    inject: (steps) => edit(steps, 'states', "DEFAULT 'new'", "DEFAULT 'old'"),
  },
  {
    name: 'a data migration that truncates',
    found: { verify: 'conversions' },
    versions: [4],
    line: /UPDATE shelf/,
    inject: (steps) => edit(steps, 'states', 'trim(room)', 'substr(trim(room), 1, 3)'),
  },
  {
    name: 'a NOT NULL column that works on empty tables only',
    found: { verify: 'upgrade', lint: 'add-column-illegal' },
    versions: [4],
    line: /book ADD COLUMN/,
    inject: (steps) => add(steps, 'states', ['ALTER TABLE book ADD COLUMN isbn TEXT NOT NULL']),
  },
  {
    name: 'two migrations swapped',
    found: { 'freeze --check': 'migrations-swapped' },
    versions: [2, 3],
    isOneOf: true,
    line: /shelf|label/,
    inject: ([first, second, third, ...rest]) =>
      [first, third, second, ...rest].filter((step) => step !== undefined),
  },
  {
    name: 'a migration renamed',
    found: { 'freeze --check': 'migration-renamed' },
    versions: [2],
    line: /label/,
    inject: (steps) => steps.map((step) => (step.name === 'labels' ? { ...step, name: 'tags' } : step)),
  },
]

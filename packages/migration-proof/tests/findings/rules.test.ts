// Goal: every rule sees the hazard that it is about, on the schema of another project, with evidence of what happened; and
// it is silent on a schema that does the same thing well.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyOfFinding } from '../../src/findings/finding.ts'
import { rules } from '../../src/findings/rules/index.ts'
import { openFindingsSubject } from '../../src/findings/subject.ts'
import type { Contract } from '../../src/index.ts'
import type { MigrationConnection } from '../../src/migrator/migration.ts'
import type { SqlRow, SqlValue } from '../../src/sql/connection.ts'
import { freezeHistory } from '../incidents/toy-history.ts'
import { suiteOf, type Toy } from './toy-suite.ts'

interface Case {
  readonly code: string
  readonly what: string
  readonly fires: Toy
  readonly object: string
  /** What the evidence says, in a few words of it. */
  readonly happened: RegExp
  readonly silent: Toy
}

const fixtures = mkdtempSync(join(tmpdir(), 'findings-'))

beforeAll(() => {
  mkdirSync(join(fixtures, 'schemas'))
  writeFileSync(
    join(fixtures, 'schemas', 'old.sql'),
    'CREATE TABLE note (text TEXT, id INTEGER PRIMARY KEY);',
  )
  writeFileSync(
    join(fixtures, 'schemas', 'same.sql'),
    'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);',
  )
})

afterAll(() => rmSync(fixtures, { recursive: true }))

const parent = 'CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);'
const child = (action: string) =>
  `${parent} CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent ${action});
   CREATE INDEX child_parent ON child (parent);`
const rebuild = `CREATE TABLE copy (id INTEGER PRIMARY KEY, name TEXT);
  INSERT INTO copy (id, name) SELECT id, name FROM parent; DROP TABLE parent; ALTER TABLE copy RENAME TO parent;`
const numbered = 'CREATE TABLE note (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT);'
const renumber = `CREATE TABLE copy (id INTEGER PRIMARY KEY AUTOINCREMENT, text TEXT NOT NULL);
  INSERT INTO copy (id, text) SELECT id, text FROM note;`
const note = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT);'
const copyNotes = (which: string) =>
  `CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO copy (id, text) SELECT id, text FROM note ${which};
   DROP TABLE note; ALTER TABLE copy RENAME TO note`
const joined = (join: string) =>
  `CREATE TABLE copy (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent, name TEXT);
   INSERT INTO copy (id, parent, name) SELECT child.id, child.parent, parent.name FROM child ${join} parent ON parent.id = child.parent;
   DROP TABLE child; ALTER TABLE copy RENAME TO child; CREATE INDEX child_parent ON child (parent)`
const dated = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, at TEXT);'
const timed = 'CREATE TABLE note (id INTEGER PRIMARY KEY, at INTEGER);'
/** A migration that stores something of a time in each row. */
const storeTimes =
  (value: (at: Date) => SqlValue) =>
  ({ all }: MigrationConnection) => {
    for (const { id = null } of all('SELECT id FROM note'))
      all('UPDATE note SET at = ? WHERE id = ?', [value(new Date(1_600_041_600_000 + (Number(id) % 99))), id])
  }

function contract(sql: string, parameters: Contract['parameters'] = [], table = 'note'): Partial<Toy> {
  const access = { scan: 'a test' }
  return { facts: { contracts: [{ name: 'ask', table, since: 1, sql, parameters, access }] } }
}

const snapshot = (name: string) => [{ name, version: 0, form: 'old', origin: 'synthetic', releases: [] }]

/** A table with all clauses, the same without one of them, and rebuilt again. */
const whole: readonly string[] = [
  'id INTEGER PRIMARY KEY',
  "slug TEXT NOT NULL ON CONFLICT IGNORE DEFAULT 'none' COLLATE NOCASE",
  'size INTEGER CHECK (size < 50)',
  'shade TEXT AS (lower(slug)) STORED',
  'parent INTEGER REFERENCES parent ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED',
  'UNIQUE (slug, size) ON CONFLICT REPLACE',
]
const wholeIndexes =
  'CREATE UNIQUE INDEX one_root ON note (parent) WHERE size = 0; CREATE INDEX by_shade ON note (upper(slug), size DESC);'

/** A rebuild that keeps every clause, but for one. */
function rebuildWithout(clause: string, instead = ''): string {
  const repeat = (text: string) => text.replace(clause, () => instead)
  const columns = whole.map(repeat).filter((column) => column !== '')
  return `CREATE TABLE copy (${columns.join(', ')}); INSERT INTO copy (id, slug, size, parent) SELECT id, slug, size, parent
    FROM note; DROP TABLE note; ALTER TABLE copy RENAME TO note; ${repeat(wholeIndexes)}`
}

/** The rules of a tool that has no transactions. */
const alone = { tool: 'a tool', transaction: 'none', foreignKeys: 'on' } as const
const indexed = 'CREATE INDEX IF NOT EXISTS note_text ON note (text)'

const halves: readonly Case[] = [
  [
    'an index that is made twice',
    indexed.replace(' IF NOT EXISTS', ''),
    /^it leaves index note_text; a tool then fails .* already exists'$/,
  ],
  [
    'a table that is made twice',
    `${indexed}; CREATE TABLE tag (id INTEGER)`,
    /^it leaves table tag, index note_text; a tool then fails/,
  ],
  [
    'rows that are added twice',
    "INSERT INTO note (text) VALUES ('new')",
    /^it leaves 4 instead of 3 rows in note; a tool then goes on/,
  ],
  [
    'values that change twice',
    "UPDATE note SET text = text || '!'",
    /^it leaves changed rows in note; a tool then goes on/,
  ],
].map(([what, sql, happened]) => ({
  code: 'half-done',
  what: `${what}`,
  fires: { versions: [note, `${sql}`], runner: alone },
  object: 'migration v2',
  happened: happened as RegExp,
  silent: { versions: [note.replace('TABLE', 'TABLE IF NOT EXISTS'), indexed], runner: alone },
}))

const lostClauses: readonly Case[] = [
  [' NOT NULL ON CONFLICT IGNORE', '', 'slug NOT NULL ON CONFLICT IGNORE', /nothing of it after$/],
  [' ON CONFLICT IGNORE', '', 'slug NOT NULL ON CONFLICT IGNORE', /slug NOT NULL after$/],
  [" DEFAULT 'none'", '', "slug DEFAULT 'none'", /nothing of it after$/],
  [" DEFAULT 'none'", " DEFAULT 'some'", "slug DEFAULT 'none'", /slug DEFAULT 'some' after$/],
  [' COLLATE NOCASE', '', 'slug COLLATE NOCASE', /nothing of it after$/],
  [' CHECK (size < 50)', '', 'CHECK (size < 50)', /nothing of it after$/],
  [' CHECK (size < 50)', ' CHECK (size < 500)', 'CHECK (size < 50)', /CHECK \(size < 500\) after$/],
  [' AS (lower(slug)) STORED', '', 'shade AS (lower(slug)) STORED', /nothing of it after$/],
  [
    ' REFERENCES parent ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED',
    '',
    'FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED',
    /nothing of it after$/,
  ],
  [
    ' ON DELETE CASCADE',
    '',
    'FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED',
    /ON DELETE NO ACTION/,
  ],
  [
    ' DEFERRABLE INITIALLY DEFERRED',
    '',
    'FOREIGN KEY (parent) REFERENCES parent (id) ON DELETE CASCADE ON UPDATE NO ACTION DEFERRABLE INITIALLY DEFERRED',
    /ON UPDATE NO ACTION after$/,
  ],
  [
    'UNIQUE (slug, size) ON CONFLICT REPLACE',
    '',
    'UNIQUE (slug, size) ON CONFLICT REPLACE',
    /nothing of it after$/,
  ],
  [' PRIMARY KEY', '', 'PRIMARY KEY (id)', /nothing of it after$/],
  [' WHERE size = 0', '', 'UNIQUE (parent) WHERE size = 0', /UNIQUE \(parent\) after$/],
  [
    'CREATE UNIQUE INDEX',
    'CREATE INDEX',
    'UNIQUE (parent) WHERE size = 0',
    /INDEX one_root \(parent\) WHERE size = 0 after$/,
  ],
  ['upper(slug)', 'slug', 'INDEX by_shade (upper(slug), size DESC)', /by_shade \(slug, size DESC\) after$/],
].map(([clause, instead, name, happened]) => ({
  code: 'clause-lost',
  what: `${String(clause).trim()} that becomes '${String(instead).trim()}'`,
  fires: {
    versions: [
      `${parent} CREATE TABLE note (${whole.join(', ')}); ${wholeIndexes}`,
      rebuildWithout(String(clause), String(instead)),
    ],
  },
  object: `migration v2: note: ${name}`,
  happened: happened instanceof RegExp ? happened : /^$/,
  silent: {
    versions: [
      `${parent} CREATE TABLE note (${whole.join(', ')}); ${wholeIndexes}`,
      rebuildWithout('never there'),
    ],
  },
}))

/** An old table, a change that takes some of its rows no more, and the same after these were corrected. */
const tightened: readonly Case[] = [
  [
    'NOT NULL',
    'text TEXT',
    'text TEXT NOT NULL',
    'NOT NULL of text',
    "coalesce(text, '')",
    /NOT NULL constraint failed/,
  ],
  [
    'CHECK',
    'text TEXT',
    'text TEXT CHECK (length(text) < 5)',
    'CHECK (length(text) < 5)',
    'substr(text, 1, 4)',
    /CHECK/,
  ],
  [
    'STRICT',
    'text INT',
    'text INT',
    'the type INT of text',
    "CASE typeof(text) WHEN 'integer' THEN text END",
    /cannot store/,
  ],
  [
    'a foreign key',
    'text INT',
    'text INT REFERENCES parent',
    'FOREIGN KEY (text) REFERENCES parent (id)',
    '(SELECT id FROM parent WHERE id = text)',
    /FOREIGN KEY/,
  ],
].map(([what, from, to, label, corrected, happened]) => {
  const versions = (value: unknown) => [
    `${parent} CREATE TABLE note (id INTEGER PRIMARY KEY, ${from});`,
    `CREATE TABLE copy (id INTEGER PRIMARY KEY, ${to}) ${what === 'STRICT' ? what : ''};
     INSERT INTO copy SELECT id, ${value} FROM note; DROP TABLE note; ALTER TABLE copy RENAME TO note;`,
  ]
  return {
    code: 'tightened-constraint',
    what: String(what),
    fires: { versions: versions('text') },
    object: `migration v2: note: ${label}`,
    happened: happened instanceof RegExp ? happened : /^$/,
    silent: { versions: versions(corrected) },
  }
})

// Rows that a new constraint refuses may be dropped without an error, which no frozen file needs to show.
const named = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, tag TEXT);'
const copied = (columns: string, insert: string) =>
  `CREATE TABLE copy (id INTEGER PRIMARY KEY, ${columns}); ${insert}; DROP TABLE note; ALTER TABLE copy RENAME TO note;`
const removed = (rowsRemoved: string): NonNullable<Toy['last']> => ({
  dataChanges: [{ table: 'note', rowsRemoved, reason: 'a test' }],
})
const lossy: readonly Case[] = (
  [
    [
      'rows without a value are ignored',
      [named, copied('text TEXT NOT NULL, tag TEXT', 'INSERT OR IGNORE INTO copy SELECT * FROM note')],
      'NOT NULL of text',
      /^the row is gone afterwards: id = /,
      removed('text IS NULL'),
    ],
    [
      'rows without a value are not read',
      [
        named,
        copied('text TEXT NOT NULL, tag TEXT', 'INSERT INTO copy SELECT * FROM note WHERE text IS NOT NULL'),
      ],
      'NOT NULL of text',
      /^the row is gone afterwards: id = /,
      removed('text IS NULL'),
    ],
    [
      'rows without their parent are not read',
      [
        `${parent} CREATE TABLE note (id INTEGER PRIMARY KEY, text INTEGER);`,
        copied(
          'text INTEGER REFERENCES parent (id)',
          'INSERT INTO copy SELECT note.* FROM note JOIN parent ON parent.id = note.text',
        ),
      ],
      'FOREIGN KEY (text) REFERENCES parent (id)',
      /^the row is gone afterwards: id = /,
      removed('text IS NULL OR text NOT IN (SELECT id FROM parent)'),
    ],
    [
      'another row of the key is replaced',
      [
        named,
        copied('text TEXT UNIQUE, tag TEXT', 'INSERT OR REPLACE INTO copy SELECT * FROM note ORDER BY id'),
      ],
      'UNIQUE (text)',
      /gone afterwards: id = /,
      removed('id NOT IN (SELECT max(id) FROM note GROUP BY text) AND text IS NOT NULL'),
    ],
    [
      'another row of the key is deleted',
      [
        named,
        'DELETE FROM note WHERE id NOT IN (SELECT max(id) FROM note GROUP BY text); CREATE UNIQUE INDEX by_text ON note (text)',
      ],
      'UNIQUE INDEX by_text (text)',
      /gone afterwards: id = /,
      { dataChanges: [{ table: 'note', reason: 'a test' }] },
    ],
    [
      'rows without a name of their own are ignored',
      [
        'CREATE TABLE note (text INTEGER NOT NULL, tag INTEGER NOT NULL, at TEXT);',
        `CREATE TABLE copy (text INTEGER NOT NULL, tag INTEGER NOT NULL, at TEXT, PRIMARY KEY (text, tag)) WITHOUT ROWID;
         INSERT OR IGNORE INTO copy SELECT * FROM note; DROP TABLE note; ALTER TABLE copy RENAME TO note;`,
      ],
      'PRIMARY KEY (text, tag)',
      /^a row is gone afterwards$/,
      removed('rowid NOT IN (SELECT min(rowid) FROM note GROUP BY text, tag)'),
    ],
  ] as const
).map(([what, versions, label, happened, declared]) => ({
  code: 'tightened-constraint',
  what,
  fires: { versions },
  object: `migration v2: note: ${label}`,
  happened,
  silent: { versions, last: declared },
}))

const rebuilt = (values: string) => `CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT, tag TEXT);
  INSERT INTO copy (id, text, tag) SELECT ${values} FROM note; DROP TABLE note; ALTER TABLE copy RENAME TO note;`
const tagged = 'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, tag TEXT);'

/** A second migration that is a function of the notes. */
function eachNote(work: (connection: MigrationConnection, notes: readonly SqlRow[]) => void): Toy {
  return {
    versions: [tagged, ''],
    last: { up: (connection) => work(connection, connection.all('SELECT * FROM note')) },
  }
}

const runnerOf = (transaction: 'each' | 'none') =>
  ({ tool: 'a tool', transaction, foreignKeys: 'on' }) as const
const trimmed = 'UPDATE note SET text = trim(text) WHERE text <> trim(text)'

/** A snapshot with one note. */
const rowsAt = (version: number, id: number) =>
  `INSERT INTO note VALUES (${id}, 'a'); PRAGMA user_version = ${version};`

/** A change of rows in JavaScript, one by one. */
const upperCase: Toy['last'] = {
  dataChanges: [{ table: 'note', columns: ['text'], reason: 'a test' }],
  up: (connection) => {
    for (const { id = null, text } of connection.all('SELECT id, text FROM note WHERE id > 5'))
      connection.all('UPDATE note SET text = ? WHERE id = ?', [String(text).toUpperCase(), id])
  },
}

const cases: readonly Case[] = [
  {
    code: 'fails-on-many-rows',
    what: 'one term of a condition for each row',
    fires: eachNote(({ exec }, notes) => {
      exec(`UPDATE note SET tag = tag WHERE ${notes.map(({ id }) => `id = ${id}`).join(' OR ') || 'true'}`)
    }),
    object: 'migration v2',
    happened: /Expression tree is too large/,
    silent: eachNote(({ all }, notes) => {
      for (const { id } of notes) all('UPDATE note SET tag = tag WHERE id = ?', [id ?? null])
    }),
  },
  {
    code: 'quadratic-time',
    what: 'a correlated subquery without an index',
    fires: {
      versions: [
        tagged,
        'UPDATE note SET tag = tag WHERE EXISTS (SELECT 1 FROM note n WHERE n.text = note.tag)',
      ],
    },
    object: 'migration v2: note',
    happened: /^scan of note; scan of note$/,
    silent: {
      versions: [
        `${tagged} CREATE INDEX by_text ON note (text);`,
        'UPDATE note SET tag = tag WHERE EXISTS (SELECT 1 FROM note n WHERE n.text = note.tag)',
      ],
    },
  },
  {
    code: 'pasted-value',
    what: 'a text between quotes',
    fires: eachNote(({ exec }, notes) => {
      for (const { id, text } of notes) exec(`UPDATE note SET tag = '${text}' WHERE id = ${id}`)
    }),
    object: 'migration v2: note.text',
    happened: /near/,
    silent: eachNote(({ all }, notes) => {
      for (const { id, text } of notes)
        all('UPDATE note SET tag = ? WHERE id = ?', [text ?? null, id ?? null])
    }),
  },
  {
    code: 'column-swapped',
    what: 'two columns in the wrong order',
    fires: { versions: [tagged, rebuilt('id, tag, text')] },
    object: 'migration v2: note.text',
    happened: /^text holds the values of tag$/,
    silent: { versions: [tagged, rebuilt('id, text, tag')] },
  },
  {
    code: 'value-lost',
    what: 'a column that is not copied',
    fires: { versions: [tagged, rebuilt('id, text, NULL')] },
    object: 'migration v2: note.tag',
    happened: /^tag holds NULL in 3 of 3 rows/,
    silent: { versions: [tagged, rebuilt('id, text, tag')] },
  },
  {
    code: 'text-cut',
    what: 'the first characters alone',
    fires: { versions: [tagged, rebuilt('id, substr(text, 1, 5000), tag')] },
    object: 'migration v2: note.text',
    happened: /^text holds 5000 of the 10000 characters of a value$/,
    silent: { versions: [tagged, rebuilt('id, substr(text, 1), tag')] },
  },
  {
    code: 'migration-stores-clock',
    what: 'a seed row whose default is the time',
    fires: {
      versions: [
        note,
        `CREATE TABLE seed (id INTEGER PRIMARY KEY, at TEXT DEFAULT (datetime('now')), by TEXT DEFAULT 'us'); INSERT INTO seed DEFAULT VALUES`,
      ],
    },
    object: 'seed.at',
    happened: /other values in seed.at/,
    silent: {
      versions: [
        note,
        `CREATE TABLE seed (id INTEGER PRIMARY KEY, at TEXT DEFAULT (datetime('now')), by TEXT DEFAULT (hex(randomblob(4))));
         INSERT INTO seed (at) VALUES ('2023-11-14 22:13:20')`,
      ],
    },
  },
  {
    code: 'migration-stores-clock',
    what: 'the local time',
    fires: {
      versions: [
        note,
        `ALTER TABLE note ADD COLUMN at TEXT; UPDATE note SET at = datetime('now', 'localtime')`,
      ],
    },
    object: 'note.at',
    happened: /other values in note.at/,
    silent: {
      versions: [note, `ALTER TABLE note ADD COLUMN at TEXT; UPDATE note SET at = datetime(id, 'unixepoch')`],
    },
  },
  {
    code: 'add-column-illegal',
    what: 'a stored column',
    fires: { versions: [note, 'ALTER TABLE note ADD COLUMN loud TEXT AS (upper(text)) STORED'] },
    object: 'migration v2',
    happened: /cannot add a STORED column/,
    silent: { versions: [note, 'ALTER TABLE note ADD COLUMN loud TEXT AS (upper(text)) VIRTUAL'] },
  },
  {
    code: 'row-lost',
    what: 'a row that refers to nothing',
    fires: { versions: [child(''), joined('JOIN')] },
    object: 'migration v2: child',
    happened: /rows are gone, as one of id \d+, parent NULL/,
    silent: { versions: [child(''), joined('LEFT JOIN')] },
  },
  {
    code: 'row-lost',
    what: 'rows after a limit',
    fires: { versions: [note, `${copyNotes('LIMIT 300')}`] },
    object: 'migration v2: note',
    happened: /^1 of 301 rows are gone/,
    silent: { versions: [note, copyNotes('')] },
  },
  {
    code: 'row-lost',
    what: 'rows that are declared to go',
    fires: { versions: [note, copyNotes('WHERE text IS NOT NULL')] },
    object: 'migration v2: note',
    happened: /rows are gone, as one of id \d+, text NULL/,
    silent: {
      versions: [note, copyNotes('WHERE text IS NOT NULL')],
      last: { dataChanges: [{ table: 'note', rowsRemoved: 'text IS NULL', reason: 'a test' }] },
    },
  },
  {
    code: 'change-untested',
    what: 'an UPDATE of rows that no snapshot has',
    fires: {
      versions: [note, trimmed],
      rows: { v1: "INSERT INTO note VALUES (1, 'a'); PRAGMA user_version = 1;" },
    },
    object: 'migration v2: UPDATE note',
    happened: /^changes no row of the snapshots of v1$/,
    silent: {
      versions: [note, trimmed],
      rows: { v1: "INSERT INTO note VALUES (1, ' a'); PRAGMA user_version = 1;" },
    },
  },
  {
    code: 'change-untested',
    what: 'a copy of rows that no snapshot of any version has',
    fires: {
      versions: [note, 'CREATE TABLE other (x)', copyNotes('WHERE id > 5')],
      rows: { v1: rowsAt(1, 1), v2: `${rowsAt(2, 1)} INSERT INTO other VALUES (1);` },
    },
    object: 'migration v3: copy of note',
    happened: /^changes no row of the snapshots of v1 to v2$/,
    silent: {
      versions: [note, 'CREATE TABLE other (x)', copyNotes('WHERE id > 5')],
      rows: { v1: rowsAt(1, 9), v2: `${rowsAt(2, 1)} INSERT INTO other VALUES (1);` },
    },
  },
  {
    code: 'change-untested',
    what: 'an UPDATE that writes the same values again',
    fires: {
      versions: [note, 'UPDATE note SET text = upper(text)'],
      rows: { v1: rowsAt(1, 1).replace("'a'", "'A'") },
    },
    object: 'migration v2: UPDATE note',
    happened: /^changes no row of the snapshots of v1$/,
    silent: { versions: [note, 'UPDATE note SET text = upper(text)'], rows: { v1: rowsAt(1, 1) } },
  },
  {
    code: 'change-untested',
    what: 'a loop over rows that no snapshot has',
    fires: { versions: [note, ''], last: upperCase, rows: { v1: rowsAt(1, 1) } },
    object: 'migration v2: UPDATE note',
    happened: /^changes no row of the snapshots of v1$/,
    silent: { versions: [note, ''], last: upperCase, rows: { v1: rowsAt(1, 9) } },
  },
  {
    code: 'change-untested',
    what: 'a declared change that is none',
    fires: { versions: [note, ''], last: { ...upperCase, up: () => {} }, rows: { v1: rowsAt(1, 1) } },
    object: 'migration v2: note',
    happened: /^changes nothing of note on the snapshots of v1, nor on synthetic rows$/,
    silent: { versions: [note, ''], last: upperCase, rows: { v1: rowsAt(1, 9) } },
  },
  {
    code: 'change-untested',
    what: 'a column that goes, whose rows no statement changes',
    fires: {
      versions: [note, "DELETE FROM note WHERE text = 'never'"],
      rows: { v1: "INSERT INTO note VALUES (1, 'a'); PRAGMA user_version = 1;" },
    },
    object: 'migration v2: DELETE FROM note',
    happened: /^changes no row/,
    silent: {
      versions: [note, 'ALTER TABLE note DROP COLUMN text'],
      last: { dataChanges: [{ table: 'note', columns: ['text'], reason: 'a test' }] },
      rows: { v1: "INSERT INTO note VALUES (1, 'a'); PRAGMA user_version = 1;" },
    },
  },
  {
    code: 'migration-stores-clock',
    what: 'the time where there is none',
    fires: {
      versions: [dated, 'UPDATE note SET at = CURRENT_TIMESTAMP WHERE at IS NULL'],
      last: { dataChanges: [{ table: 'note', columns: ['at'], reason: 'a test' }] },
    },
    object: 'note.at',
    happened: /other values in note.at/,
    silent: { versions: [dated, "UPDATE note SET at = '1970-01-01 00:00:00' WHERE at IS NULL"] },
  },
  {
    code: 'migration-stores-clock',
    what: 'the time where there is none, in a rebuild that takes no NULL of another column',
    fires: {
      versions: [
        dated,
        `CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT NOT NULL, at TEXT NOT NULL);
         INSERT INTO copy SELECT id, text, ifnull(at, datetime('now')) FROM note; DROP TABLE note; ALTER TABLE copy RENAME TO note`,
      ],
    },
    object: 'note.at',
    happened: /other values in note.at/,
    silent: {
      versions: [
        dated,
        `CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT NOT NULL, at TEXT NOT NULL);
         INSERT INTO copy SELECT id, text, ifnull(at, '') FROM note; DROP TABLE note; ALTER TABLE copy RENAME TO note`,
      ],
    },
  },
  {
    code: 'migration-stores-clock',
    what: 'the time of JavaScript where there is none',
    fires: {
      versions: [dated, 'SELECT 1'],
      last: {
        up: ({ all }) => {
          for (const { id } of all('SELECT id FROM note WHERE at IS NULL AND text IS NOT NULL'))
            all('UPDATE note SET at = ? WHERE id = ?', [Date.now(), id ?? null])
        },
      },
    },
    object: 'note.at',
    happened: /other values in note.at/,
    silent: { versions: [dated, 'UPDATE note SET at = 0 WHERE at IS NULL AND text IS NOT NULL'] },
  },
  {
    code: 'migration-stores-chance',
    what: 'a random identifier where there is none',
    fires: { versions: [dated, 'UPDATE note SET text = hex(randomblob(8)) WHERE text IS NULL'] },
    object: 'note.text',
    happened: /other values in note.text/,
    silent: { versions: [dated, 'UPDATE note SET text = id WHERE text IS NULL'] },
  },
  {
    code: 'migration-stores-chance',
    what: 'a random token for each row',
    fires: {
      versions: [note, 'ALTER TABLE note ADD COLUMN token TEXT; UPDATE note SET token = hex(randomblob(8))'],
    },
    object: 'note.token',
    happened: /other values in note.token/,
    silent: {
      versions: [
        note,
        `ALTER TABLE note ADD COLUMN token TEXT; UPDATE note SET token = datetime('now') || id`,
      ],
    },
  },
  {
    code: 'statement-without-effect',
    what: 'a table that is there in another form',
    fires: {
      versions: [note, 'CREATE TABLE IF NOT EXISTS note (id INTEGER PRIMARY KEY, text TEXT NOT NULL)'],
    },
    object: 'migration v2: TABLE note',
    happened: /not null: NOT NULL, where the one that is there has NULL allowed/,
    silent: { versions: [note, 'CREATE TABLE IF NOT EXISTS "Note" (id INTEGER PRIMARY KEY, text TEXT)'] },
  },
  {
    code: 'statement-without-effect',
    what: 'an index that is there over another column',
    fires: {
      versions: [
        `${note} CREATE INDEX by_text ON note (text)`,
        'ALTER TABLE note ADD COLUMN tag TEXT; CREATE INDEX IF NOT EXISTS by_text ON note (tag)',
      ],
    },
    object: 'migration v2: INDEX by_text',
    happened: /\(tag\), where the one that is there has \(text\)/,
    silent: {
      versions: [
        `${note} CREATE INDEX by_text ON note (text)`,
        'CREATE INDEX IF NOT EXISTS by_text ON note (text)',
      ],
    },
  },
  {
    code: 'statement-without-effect',
    what: 'an object that never was',
    fires: { versions: [note, 'DROP INDEX IF EXISTS note_by_text'] },
    object: 'migration v2: INDEX note_by_text',
    happened: /no version has/,
    silent: {
      versions: [
        `${note} CREATE INDEX by_text ON note (text);`,
        'DROP INDEX by_text',
        `DROP INDEX IF EXISTS by_text; DROP TABLE IF EXISTS copy; CREATE TABLE copy AS SELECT * FROM note; DROP TABLE copy`,
      ],
    },
  },
  {
    code: 'statement-without-effect',
    what: 'a condition that no row meets',
    fires: {
      versions: [
        `CREATE TABLE note (id INTEGER PRIMARY KEY, state TEXT CHECK (state IN ('new', 'done')))`,
        `UPDATE note SET state = 'done' WHERE state = 'Done'`,
      ],
    },
    object: 'migration v2: UPDATE note',
    happened: /no row meets/,
    silent: {
      versions: [
        `CREATE TABLE note (id INTEGER PRIMARY KEY, state TEXT)`,
        `UPDATE note SET state = 'done' WHERE state = 'Done'`,
      ],
    },
  },
  {
    code: 'state-left-behind',
    what: 'a setting',
    fires: { versions: [note, 'PRAGMA legacy_alter_table = ON; ALTER TABLE note ADD COLUMN tag TEXT'] },
    object: 'migration v2: PRAGMA legacy_alter_table',
    happened: /^0 before, 1 after$/,
    silent: {
      versions: [
        note,
        'PRAGMA legacy_alter_table = ON; ALTER TABLE note ADD COLUMN tag TEXT; PRAGMA legacy_alter_table = OFF',
      ],
    },
  },
  {
    code: 'state-left-behind',
    what: 'how LIKE compares',
    fires: { versions: [note, 'PRAGMA case_sensitive_like = ON'] },
    object: 'migration v2: LIKE of other letters',
    happened: /^1 before, 0 after$/,
    silent: { versions: [note, 'PRAGMA case_sensitive_like = OFF'] },
  },
  {
    code: 'state-left-behind',
    what: 'two marks of the highest id',
    fires: {
      versions: [
        numbered,
        "INSERT INTO note (text) VALUES ('a'); INSERT INTO sqlite_sequence (name, seq) VALUES ('note', 9)",
      ],
    },
    object: 'migration v2: sqlite_sequence of note',
    happened: /none before, 2 rows after/,
    silent: { versions: [numbered, "INSERT INTO note (text) VALUES ('a')"] },
  },
  {
    code: 'state-left-behind',
    what: 'two marks of the highest id, where there are rows',
    fires: {
      versions: [
        numbered,
        `${renumber.replace('NOT NULL', '')} INSERT INTO sqlite_sequence (name, seq) SELECT 'copy', seq FROM sqlite_sequence WHERE name = 'note';
         DROP TABLE note; ALTER TABLE copy RENAME TO note`,
      ],
    },
    object: 'migration v2: sqlite_sequence of note',
    happened: /none before, 2 rows after/,
    silent: {
      versions: [
        numbered,
        `${renumber.replace('NOT NULL', '')} UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'note')
         WHERE name = 'copy'; DROP TABLE note; ALTER TABLE copy RENAME TO note`,
      ],
    },
  },
  {
    code: 'state-outside-schema',
    what: 'a field of the file header',
    fires: { versions: [note, 'PRAGMA application_id = 77'] },
    object: 'migration v2: PRAGMA application_id',
    happened: /^0 before, 77 after$/,
    silent: { versions: [note, 'PRAGMA application_id'] },
  },
  {
    code: 'state-outside-schema',
    what: 'a temporary table',
    fires: { versions: [note, 'CREATE TEMP TABLE copy AS SELECT * FROM note'] },
    object: 'migration v2: temporary table copy',
    happened: /none before, left after/,
    silent: { versions: [note, 'CREATE TEMP TABLE copy AS SELECT * FROM note; DROP TABLE copy'] },
  },
  {
    code: 'pragma-in-transaction',
    what: 'foreign keys, which stay on',
    fires: { versions: [note, 'PRAGMA foreign_keys = OFF; DROP TABLE note'] },
    object: 'migration v2: PRAGMA foreign_keys',
    happened: /accepted: 1 before, 1 after/,
    silent: { versions: [note, 'PRAGMA foreign_keys; DROP TABLE note'], last: { foreignKeys: 'off' } },
  },
  {
    code: 'pragma-in-transaction',
    what: 'foreign keys, where the tool has a transaction',
    fires: { versions: [note, 'PRAGMA foreign_keys = OFF; DROP TABLE note'], runner: runnerOf('each') },
    object: 'migration v2: PRAGMA foreign_keys',
    happened: /accepted: 1 before, 1 after/,
    silent: { versions: [note, 'PRAGMA foreign_keys = OFF; DROP TABLE note'], runner: runnerOf('none') },
  },
  {
    code: 'default-is-text',
    what: 'a call in quotes',
    fires: { versions: [`CREATE TABLE note (id INTEGER PRIMARY KEY, at TEXT DEFAULT 'datetime(''now'')')`] },
    object: 'note.at',
    happened: /1 row holds the text datetime/,
    silent: {
      versions: [
        `CREATE TABLE note (id INTEGER PRIMARY KEY, at TEXT DEFAULT (datetime('now')), by TEXT DEFAULT 'none (yet)')`,
      ],
    },
  },
  ...[
    "(datetime('now'))",
    '(lower(hex(randomblob(16))))',
    "(strftime('%s','now'))",
    'unixepoch() * 1000',
    "'at ' || datetime('now')",
    'now()',
    'gen_random_uuid()',
    'NOW( )',
  ].map((call) => ({
    code: 'default-is-text',
    what: `${call} in quotes`,
    fires: {
      versions: [
        `CREATE TABLE note (id INTEGER PRIMARY KEY, at TEXT DEFAULT '${call.replaceAll("'", "''")}')`,
      ],
    },
    object: 'note.at',
    happened: /1 row holds the text/,
    silent: {
      versions: [
        `CREATE TABLE note (id INTEGER PRIMARY KEY, a TEXT DEFAULT '(none)', b TEXT DEFAULT '1 * 2', c TEXT DEFAULT 'now',
           d TEXT DEFAULT 'None (yet) * 2', e TEXT DEFAULT '[]')`,
      ],
    },
  })),
  ...tightened,
  ...lossy,
  {
    code: 'tightened-constraint',
    what: 'a key that is unique from now on',
    fires: { versions: [note, 'CREATE UNIQUE INDEX one ON note (text)'] },
    object: 'migration v2: note: UNIQUE INDEX one (text)',
    happened: /UNIQUE constraint failed/,
    silent: {
      versions: [
        note,
        `DELETE FROM note WHERE id NOT IN (SELECT min(id) FROM note GROUP BY text) AND text IS NOT NULL;
         CREATE UNIQUE INDEX one ON note (text)`,
      ],
      last: removed('id NOT IN (SELECT min(id) FROM note GROUP BY text) AND text IS NOT NULL'),
    },
  },
  {
    code: 'tightened-constraint',
    what: 'a key that ignores case from now on',
    fires: {
      versions: [
        'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT UNIQUE)',
        'CREATE UNIQUE INDEX one ON note (lower(text))',
      ],
    },
    object: 'migration v2: note: UNIQUE INDEX one (lower(text))',
    happened: /UNIQUE constraint failed/,
    silent: {
      versions: [
        'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT COLLATE NOCASE UNIQUE)',
        'CREATE UNIQUE INDEX one ON note (lower(text))',
      ],
    },
  },
  {
    code: 'tightened-constraint',
    what: 'a key of the same name that ignores case from now on, where no row is written again',
    fires: {
      versions: [
        `${note}; CREATE UNIQUE INDEX one ON note (text)`,
        'DROP INDEX one; CREATE UNIQUE INDEX one ON note (text COLLATE NOCASE)',
      ],
    },
    object: 'migration v2: note: UNIQUE INDEX one (text)',
    happened: /UNIQUE constraint failed/,
    silent: {
      versions: [
        `${note}; CREATE UNIQUE INDEX one ON note (text COLLATE NOCASE)`,
        'DROP INDEX one; CREATE UNIQUE INDEX one ON note (text)',
      ],
    },
  },
  {
    code: 'tightened-constraint',
    what: 'a key that stays, of which an UPDATE makes values equal',
    fires: {
      versions: [
        'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT UNIQUE)',
        'UPDATE note SET text = lower(text)',
      ],
    },
    object: 'migration v2: note: UNIQUE (text)',
    happened: /UNIQUE constraint failed/,
    silent: {
      versions: [
        'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT COLLATE NOCASE UNIQUE)',
        'UPDATE note SET text = lower(text)',
      ],
    },
  },
  ...halves,
  ...lostClauses,
  {
    code: 'clause-lost',
    what: 'a CHECK, but not one with other parentheses, nor a reference to a parent that is renamed',
    fires: {
      versions: [
        'CREATE TABLE note (id INTEGER PRIMARY KEY, n INTEGER CHECK (n > 0 AND n < 10))',
        `CREATE TABLE copy (id INTEGER PRIMARY KEY, n INTEGER CHECK (n > 0)); INSERT INTO copy SELECT * FROM note;
         DROP TABLE note; ALTER TABLE copy RENAME TO note`,
      ],
    },
    object: 'migration v2: note: CHECK (n > 0 and n < 10)',
    happened: /CHECK \(n > 0\) after$/,
    silent: {
      versions: [
        `${parent} CREATE TABLE note (id INTEGER PRIMARY KEY, n INTEGER REFERENCES parent CHECK (n > 0 AND n < 10))`,
        `CREATE TABLE copy (id INTEGER PRIMARY KEY, n INTEGER REFERENCES parent CHECK ((n > 0) AND (n < 10)));
         INSERT INTO copy SELECT * FROM note; DROP TABLE note; ALTER TABLE copy RENAME TO note`,
        'ALTER TABLE parent RENAME TO owner',
      ],
    },
  },
  {
    code: 'clause-lost',
    what: 'that of a column whose case changes, but not that of one that is renamed or dropped, or of an index dropped by name',
    fires: {
      versions: [
        'CREATE TABLE note (id INTEGER PRIMARY KEY, Text TEXT NOT NULL)',
        `CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT); INSERT INTO copy (id, text) SELECT id, Text FROM note;
         DROP TABLE note; ALTER TABLE copy RENAME TO note;`,
      ],
    },
    object: 'migration v2: note: text NOT NULL',
    happened: /nothing of it after$/,
    silent: {
      versions: [
        `CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT NOT NULL, gone TEXT UNIQUE CHECK (gone <> text));
         CREATE UNIQUE INDEX by_text ON note (text) WHERE text <> '';`,
        `DROP INDEX by_text; CREATE INDEX by_text ON note (text); ALTER TABLE note RENAME COLUMN text TO body;`,
        `CREATE TABLE copy (id INTEGER PRIMARY KEY, body TEXT NOT NULL); INSERT INTO copy (id, body) SELECT id, body FROM note;
         DROP TABLE note; ALTER TABLE copy RENAME TO note; CREATE INDEX by_text ON note (body)`,
      ],
      last: { dataChanges: [{ table: 'note', columns: ['gone'], reason: 'not used' }] },
    },
  },
  {
    code: 'clause-lost',
    what: 'the condition of a trigger that is written again after a rebuild, but not one that is dropped to be another',
    fires: {
      versions: [
        `${note} CREATE TABLE log (t TEXT); CREATE TRIGGER note_au AFTER UPDATE OF text ON note WHEN new.text <> old.text
         BEGIN INSERT INTO log VALUES (new.text); END`,
        `CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT, tag TEXT); INSERT INTO copy (id, text) SELECT id, text FROM note;
         DROP TABLE note; ALTER TABLE copy RENAME TO note;
         CREATE TRIGGER note_au AFTER UPDATE OF text ON note BEGIN INSERT INTO log VALUES (new.text); END`,
      ],
    },
    object: 'migration v2: note: TRIGGER note_au WHEN new.text <> old.text',
    happened: /nothing of it after$/,
    silent: {
      versions: [
        `${note} CREATE TABLE log (t TEXT); CREATE TRIGGER note_au AFTER UPDATE OF text ON note WHEN new.text <> old.text
         BEGIN INSERT INTO log VALUES (new.text); END`,
        `DROP TRIGGER note_au; CREATE TRIGGER note_au AFTER UPDATE ON note BEGIN INSERT INTO log VALUES (new.text); END`,
      ],
    },
  },
  {
    code: 'clause-lost',
    what: 'the columns of a trigger that is written again after a rebuild, but not those of one on a table that is renamed',
    fires: {
      versions: [
        `${note} CREATE TABLE log (t TEXT); CREATE TRIGGER note_au AFTER UPDATE OF text ON note BEGIN INSERT INTO log VALUES (new.text); END`,
        `CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT, tag TEXT); INSERT INTO copy (id, text) SELECT id, text FROM note;
         DROP TABLE note; ALTER TABLE copy RENAME TO note;
         CREATE TRIGGER note_au AFTER UPDATE ON note BEGIN INSERT INTO log VALUES (new.text); END`,
      ],
    },
    object: 'migration v2: note: TRIGGER note_au UPDATE OF text',
    happened: /nothing of it after$/,
    silent: {
      versions: [
        `${note} CREATE TABLE log (t TEXT); CREATE TRIGGER note_au AFTER UPDATE OF text ON note BEGIN INSERT INTO log VALUES (new.text); END`,
        'ALTER TABLE note RENAME TO memo; ALTER TABLE memo RENAME COLUMN text TO body',
      ],
    },
  },
  {
    code: 'migration-stores-local-time',
    what: 'times in the zone of the machine, but not those in a zone that is written',
    fires: {
      versions: [timed, "UPDATE note SET at = datetime(at, 'unixepoch', 'LocalTime')"],
      last: { dataChanges: [{ table: 'note', columns: ['at'], reason: 'a test' }] },
    },
    object: 'note.at',
    happened: /other values in note.at/,
    silent: { versions: [timed, "UPDATE note SET at = datetime(at, 'unixepoch', '-5 hours')"] },
  },
  {
    code: 'migration-stores-local-time',
    what: 'local times that are taken for UTC, but not the time of the upgrade',
    fires: {
      versions: [
        timed,
        "ALTER TABLE note ADD COLUMN utc TEXT; UPDATE note SET utc = datetime(at, 'unixepoch', 'utc')",
      ],
    },
    object: 'note.utc',
    happened: /other values in note.utc/,
    silent: { versions: [timed, 'UPDATE note SET at = unixepoch()'] },
  },
  ...(
    [
      ['parts of the time', (at) => `${at.getFullYear()}-${at.getMonth()}-${at.getDate()} ${at.getHours()}`],
      ['a day of the week', (at) => at.getDay()],
      ['the beginning of a day', (at) => new Date(at).setHours(0, 0, 0, 0)],
      ['a time of parts', (at) => new Date(at.getUTCFullYear(), 0, 1, 12).getTime()],
      ['a text without a zone', (at) => Date.parse(at.toISOString().slice(0, 19).replace('T', ' '))],
      ['the text of a time', (at) => at.toLocaleString('en-GB')],
      ['the offset', (at) => at.getTimezoneOffset()],
    ] as const satisfies readonly (readonly [string, (at: Date) => SqlValue])[]
  ).map(
    ([what, value]): Case => ({
      code: 'migration-stores-local-time',
      what: `${what} of JavaScript`,
      fires: { versions: [timed, 'SELECT 1'], last: { up: storeTimes(value) } },
      object: 'note.at',
      happened: /other values in note.at/,
      silent: {
        versions: [timed, 'SELECT 1'],
        last: {
          up: storeTimes((at) => `${at.toISOString()} ${at.getUTCHours()} ${Date.parse(at.toISOString())}`),
        },
      },
    }),
  ),
  {
    code: 'name-as-text',
    what: 'a column in single quotes in a copy of rows, but not where the column is read as well',
    fires: {
      versions: [
        'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, tag TEXT)',
        `CREATE TABLE copy (id INTEGER PRIMARY KEY, text TEXT, tag TEXT);
         INSERT INTO copy ('id', 'text', 'tag') SELECT id, 'text', tag FROM note; DROP TABLE note; ALTER TABLE copy RENAME TO note`,
      ],
      last: { dataChanges: [{ table: 'note', columns: ['text'], reason: 'a test' }] },
    },
    object: "migration v2: note: 'text'",
    happened: /^stores the values of that column$/,
    silent: {
      versions: [
        'CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT, tag TEXT)',
        `CREATE TABLE field (note INTEGER, name TEXT, value TEXT); INSERT INTO field SELECT id, 'text', text FROM note`,
      ],
    },
  },
  {
    code: 'name-as-text',
    what: 'a column in single quotes that all rows get, but not a text that some rows get, or that is no column',
    fires: {
      versions: [note, "ALTER TABLE note ADD COLUMN tag TEXT; UPDATE note SET tag = 'text'"],
    },
    object: "migration v2: note: 'text'",
    happened: /stores the text 'text'/,
    silent: {
      versions: [
        note,
        "ALTER TABLE note ADD COLUMN tag TEXT; UPDATE note SET tag = 'text' WHERE id < 9; UPDATE note SET tag = 'texts'",
      ],
    },
  },
  {
    code: 'statement-without-effect',
    what: 'a setting of the file that an existing file keeps',
    fires: { versions: [note, "ALTER TABLE note ADD COLUMN tag TEXT; PRAGMA encoding = 'UTF-16'"] },
    object: 'migration v2: PRAGMA encoding',
    happened: /^UTF-8, as before/,
    silent: {
      versions: [note, "PRAGMA encoding = 'UTF-8'; PRAGMA main.auto_vacuum = none; PRAGMA page_size"],
    },
  },
  {
    code: 'statement-without-effect',
    what: 'a setting that takes effect with VACUUM alone',
    fires: { versions: [note, 'PRAGMA auto_vacuum = FULL'] },
    object: 'migration v2: PRAGMA auto_vacuum',
    happened: /^0, as before/,
    silent: { versions: [note, 'PRAGMA auto_vacuum'] },
  },
  {
    code: 'add-column-illegal',
    what: 'NOT NULL without a default, which empty tables take',
    fires: { versions: [note, 'ALTER TABLE note ADD COLUMN author TEXT NOT NULL'] },
    object: 'migration v2',
    happened: /NOT NULL column/,
    silent: { versions: [note, `ALTER TABLE note ADD COLUMN author TEXT NOT NULL DEFAULT 'unknown'`] },
  },
  {
    code: 'add-column-illegal',
    what: 'a default that is not constant',
    fires: { versions: [note, 'ALTER TABLE note ADD COLUMN at TEXT DEFAULT CURRENT_TIMESTAMP'] },
    object: 'migration v2',
    happened: /non-constant default/,
    silent: { versions: [note, `ALTER TABLE note ADD COLUMN at TEXT DEFAULT ''`] },
  },
  {
    code: 'add-column-illegal',
    what: 'UNIQUE, which even empty tables refuse',
    fires: { versions: [note, 'ALTER TABLE note ADD COLUMN slug TEXT UNIQUE'] },
    object: 'migration v2',
    happened: /UNIQUE column/,
    silent: {
      versions: [note, 'ALTER TABLE note ADD COLUMN slug TEXT; CREATE UNIQUE INDEX slug ON note (slug)'],
    },
  },
  {
    code: 'migration-fails-on-rows',
    what: 'a unique index over values that repeat',
    fires: {
      versions: [
        'CREATE TABLE flag (id INTEGER PRIMARY KEY, on_or_off INTEGER CHECK (on_or_off = 1))',
        'CREATE UNIQUE INDEX one ON flag (on_or_off)',
      ],
    },
    object: 'migration v2',
    happened: /UNIQUE constraint failed/,
    silent: { versions: [note, 'CREATE UNIQUE INDEX one ON note (text)'] },
  },
  {
    code: 'rebuild-in-transaction-cascade',
    what: 'children that go with the old table',
    fires: { versions: [child('ON DELETE CASCADE'), rebuild] },
    object: 'migration v2: child (parent)',
    happened: /^0 rows left in child/,
    silent: { versions: [child('ON DELETE CASCADE'), rebuild], last: { foreignKeys: 'off' } },
  },
  {
    code: 'rebuild-in-transaction-cascade',
    what: 'children that lose their parent',
    fires: { versions: [child('ON DELETE SET NULL'), rebuild] },
    object: 'migration v2: child (parent)',
    happened: /^3 rows left in child, 0 of them with their parent/,
    silent: { versions: [child('ON DELETE SET NULL'), rebuild], last: { foreignKeys: 'off' } },
  },
  {
    code: 'rebuild-lost-objects',
    what: 'an index of the old table',
    fires: { versions: [`${parent} CREATE INDEX by_name ON parent (name);`, rebuild] },
    object: 'migration v2: by_name',
    happened: /1 before, 0 after/,
    silent: {
      versions: [`${parent} CREATE INDEX by_name ON parent (name);`, `DROP INDEX by_name; ${rebuild}`],
    },
  },
  {
    code: 'rebuild-lost-objects',
    what: 'a trigger of the old table',
    fires: {
      versions: [`${parent} CREATE TRIGGER named AFTER UPDATE ON parent BEGIN SELECT 1; END;`, rebuild],
    },
    object: 'migration v2: named',
    happened: /1 before, 0 after/,
    silent: {
      versions: [
        `${parent} CREATE TRIGGER named AFTER UPDATE ON parent BEGIN SELECT 1; END;`,
        `${rebuild} CREATE TRIGGER named AFTER UPDATE ON parent BEGIN SELECT 1; END;`,
      ],
    },
  },
  {
    code: 'rebuild-lost-objects',
    what: 'STRICT',
    fires: { versions: ['CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT) STRICT', rebuild] },
    object: 'migration v2: STRICT of parent',
    happened: /no longer STRICT/,
    silent: { versions: [parent, rebuild] },
  },
  {
    code: 'rebuild-autoincrement-watermark',
    what: 'ids that are given twice',
    fires: { versions: [numbered, `${renumber} DROP TABLE note; ALTER TABLE copy RENAME TO note;`] },
    object: 'migration v2: note.id',
    happened: /the new row has id 3304/,
    silent: {
      versions: [
        numbered,
        `${renumber} UPDATE sqlite_sequence SET seq = (SELECT seq FROM sqlite_sequence WHERE name = 'note')
         WHERE name = 'copy'; DROP TABLE note; ALTER TABLE copy RENAME TO note;`,
      ],
    },
  },
  {
    code: 'rename-old-first',
    what: 'foreign keys that follow the old table',
    fires: {
      versions: [
        child(''),
        `ALTER TABLE parent RENAME TO parent_old; ${parent}
         INSERT INTO parent (id, name) SELECT id, name FROM parent_old; DROP TABLE parent_old;`,
      ],
      last: { foreignKeys: 'off' },
    },
    object: 'migration v2: child (parent)',
    happened: /no such table: main\.parent_old/,
    silent: { versions: [child(''), rebuild], last: { foreignKeys: 'off' } },
  },
  {
    code: 'insert-select-star',
    what: 'values that land in the wrong columns',
    fires: {
      versions: [
        'CREATE TABLE note (id INTEGER PRIMARY KEY, title TEXT, text TEXT)',
        `CREATE TABLE copy (id INTEGER PRIMARY KEY, title TEXT, text TEXT); INSERT INTO copy SELECT * FROM note;
         DROP TABLE note; ALTER TABLE copy RENAME TO note;`,
      ],
    },
    object: 'migration v2: copy',
    happened: /accepted: each row has title in text/,
    silent: {
      versions: [
        'CREATE TABLE note (id INTEGER PRIMARY KEY, title TEXT, text TEXT)',
        `CREATE TABLE copy (id INTEGER PRIMARY KEY, title TEXT, text TEXT);
         INSERT INTO copy (id, title, text) SELECT id, title, text FROM note;
         DROP TABLE note; ALTER TABLE copy RENAME TO note;`,
      ],
    },
  },
  {
    code: 'insert-select-star',
    what: 'a copy of the old table under a new name, but none of a table that the migration made',
    fires: {
      versions: [
        note,
        `ALTER TABLE note RENAME TO old; ${note} INSERT INTO note SELECT * FROM old; DROP TABLE old;`,
      ],
    },
    object: 'migration v2: note',
    happened: /^refused: datatype mismatch|^accepted: each row has id in text/,
    silent: {
      versions: [
        note,
        `CREATE TABLE draft (id INTEGER PRIMARY KEY, text TEXT);
         INSERT INTO draft (id, text) SELECT id + 10, text FROM note; INSERT INTO note SELECT * FROM draft;`,
      ],
    },
  },
  {
    code: 'column-order-drift',
    what: 'an adopted table whose columns stand in another order',
    fires: { versions: [note.replace('TABLE', 'TABLE IF NOT EXISTS')], fixtures, snapshots: snapshot('old') },
    object: 'note from old',
    happened: /^text, id$/,
    silent: {
      versions: [note.replace('TABLE', 'TABLE IF NOT EXISTS')],
      fixtures,
      snapshots: snapshot('same'),
    },
  },
  {
    code: 'pk-nullable',
    what: 'a text key',
    fires: { versions: ['CREATE TABLE note (id TEXT PRIMARY KEY)'] },
    object: 'note.id',
    happened: /accepted twice: 2 rows/,
    silent: { versions: ['CREATE TABLE note (id TEXT PRIMARY KEY NOT NULL)'] },
  },
  {
    code: 'pk-nullable',
    what: 'a column of a key of two',
    fires: { versions: ['CREATE TABLE note (a TEXT NOT NULL, b TEXT, PRIMARY KEY (a, b))'] },
    object: 'note.b',
    happened: /accepted twice: 2 rows/,
    silent: { versions: ['CREATE TABLE note (a TEXT, b TEXT, PRIMARY KEY (a, b)) WITHOUT ROWID'] },
  },
  {
    code: 'pk-nullable',
    what: 'a text key, which STRICT fixes',
    fires: { versions: ['CREATE TABLE note (id VARCHAR(10) PRIMARY KEY)'] },
    object: 'note.id',
    happened: /ok/,
    silent: { versions: ['CREATE TABLE note (id TEXT PRIMARY KEY) STRICT'] },
  },
  {
    code: 'int-pk-not-rowid',
    what: 'INT',
    fires: { versions: ['CREATE TABLE note (id INT PRIMARY KEY)'] },
    object: 'note.id',
    happened: /has rowid \d+, not 1000/,
    silent: { versions: ['CREATE TABLE note (id INTEGER PRIMARY KEY)'] },
  },
  {
    code: 'int-pk-not-rowid',
    what: 'INTEGER PRIMARY KEY DESC',
    fires: { versions: ['CREATE TABLE note (id INTEGER PRIMARY KEY DESC)'] },
    object: 'note.id',
    happened: /has rowid \d+, not 1000/,
    silent: { versions: ['CREATE TABLE note (id INT PRIMARY KEY) WITHOUT ROWID'] },
  },
  {
    code: 'unique-nullable',
    what: 'a column that may be NULL',
    fires: {
      versions: ['CREATE TABLE note (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT, UNIQUE (a, b))'],
    },
    object: 'note (a, b)',
    happened: /accepted twice/,
    silent: {
      versions: [
        'CREATE TABLE note (id INTEGER PRIMARY KEY, a TEXT NOT NULL, b TEXT NOT NULL, UNIQUE (a, b))',
      ],
    },
  },
  {
    code: 'fk-missing-parent',
    what: 'a parent that was never made',
    fires: {
      versions: [
        'CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES missing (id))',
      ],
    },
    object: 'child (parent)',
    happened: /no such table: main\.missing/,
    silent: { versions: [child('')] },
  },
  {
    code: 'fk-parent-not-unique',
    what: 'a parent column without a key',
    fires: {
      versions: [`${parent} CREATE TABLE child (id INTEGER PRIMARY KEY, name TEXT REFERENCES parent (name))`],
    },
    object: 'child (name)',
    happened: /foreign key mismatch/,
    silent: {
      versions: [
        `${parent} CREATE UNIQUE INDEX by_name ON parent (name);
         CREATE TABLE child (id INTEGER PRIMARY KEY, name TEXT REFERENCES parent (name))`,
      ],
    },
  },
  {
    code: 'fk-child-unindexed',
    what: 'a child column without an index',
    fires: {
      versions: [`${parent} CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER REFERENCES parent)`],
    },
    object: 'child (parent)',
    happened: /scan of child; 10,000 rows of child visited/,
    silent: { versions: [child('')] },
  },
  {
    code: 'missing-foreign-key',
    what: 'a reference that only the facts know',
    fires: {
      versions: [`${parent} CREATE TABLE child (id INTEGER PRIMARY KEY, parent INTEGER)`],
      facts: {
        references: [{ table: 'child', columns: ['parent'], parent: 'parent', parentColumns: ['id'] }],
      },
    },
    object: 'child (parent)',
    happened: /^accepted$/,
    silent: {
      versions: [child('')],
      facts: {
        references: [{ table: 'child', columns: ['parent'], parent: 'parent', parentColumns: ['id'] }],
      },
    },
  },
  {
    code: 'connection-fk-off',
    what: 'a cascade that works on some connections',
    fires: { versions: [child('ON DELETE CASCADE')] },
    object: 'every connection',
    happened: /ON: 0 of 1 row left; OFF: 1 row left, 1 orphan/,
    silent: { versions: [child('ON DELETE CASCADE')], connection: { foreignKeys: true } },
  },
  {
    code: 'connection-fk-off',
    what: 'a reference, where the config does not promise foreign keys',
    fires: { versions: [child('')], connection: { foreignKeys: false } },
    object: 'every connection',
    happened: /1 orphan/,
    silent: { versions: [parent] },
  },
  {
    code: 'fk-check-needed',
    what: 'an orphan',
    fires: { versions: [child('')] },
    object: 'every check of a file',
    happened: /1 violation/,
    silent: { versions: [child('')], connection: { foreignKeys: true } },
  },
  {
    code: 'replace-cascades',
    what: 'a parent that is replaced by itself',
    fires: { versions: [child('ON DELETE CASCADE')] },
    object: 'parent',
    happened: /^0 rows left in child, 0 with their parent$/,
    silent: { versions: [child('ON DELETE RESTRICT')] },
  },
  {
    code: 'replace-cascades',
    what: 'a parent that is replaced by itself, and lets its children go',
    fires: { versions: [child('ON DELETE SET NULL')] },
    object: 'parent',
    happened: /^2 rows left in child, 0 with their parent$/,
    silent: { versions: [child('')] },
  },
  {
    code: 'odd-affinity',
    what: 'STRING',
    fires: { versions: ['CREATE TABLE note (id INTEGER PRIMARY KEY, code STRING)'] },
    object: 'note.code',
    happened: /reads back as 12, of type integer/,
    silent: { versions: ['CREATE TABLE note (id INTEGER PRIMARY KEY, code TEXT)'] },
  },
  {
    code: 'untyped-expiry',
    what: 'a number column that takes text',
    fires: { versions: ['CREATE TABLE token (id INTEGER PRIMARY KEY, expires_at INTEGER)'] },
    object: 'token.expires_at',
    happened: /still there/,
    silent: { versions: ['CREATE TABLE token (id INTEGER PRIMARY KEY, expires_at INTEGER) STRICT'] },
  },
  {
    code: 'untyped-expiry',
    what: 'a number column that takes text, which a CHECK fixes',
    fires: { versions: ['CREATE TABLE token (id INTEGER PRIMARY KEY, valid_until INTEGER)'] },
    object: 'token.valid_until',
    happened: /stored as text/,
    silent: {
      versions: [
        `CREATE TABLE token (id INTEGER PRIMARY KEY, expiry INTEGER CHECK (typeof(expiry) = 'integer'))`,
      ],
    },
  },
  {
    code: 'expiry-unserved',
    what: 'an expiry without an index',
    fires: { versions: ['CREATE TABLE token (id INTEGER PRIMARY KEY, expires_at INTEGER)'] },
    object: 'token.expires_at',
    happened: /scan of token; 10,000 rows visited/,
    silent: {
      versions: [
        'CREATE TABLE token (id INTEGER PRIMARY KEY, expires_at INTEGER); CREATE INDEX e ON token (expires_at)',
      ],
    },
  },
  {
    code: 'contract-scans',
    what: 'a lookup without an index',
    fires: { versions: [note], ...contract('SELECT * FROM note WHERE text = ?', ['a']) },
    object: "'ask'",
    happened: /search of note by try_note; 1 row visited/,
    silent: {
      versions: [`${note} CREATE INDEX by_text ON note (text)`],
      ...contract('SELECT * FROM note WHERE text = ?', ['a']),
    },
  },
  {
    code: 'contract-scans',
    what: 'a lookup, and not a count of all that no index makes shorter',
    fires: { versions: [note], ...contract('DELETE FROM note WHERE text = ?', ['a']) },
    object: "'ask'",
    happened: /scan of note; 10,000 rows visited/,
    silent: { versions: [note], ...contract('SELECT count(*) FROM note ORDER BY text') },
  },
  {
    code: 'expression-defeats-index',
    what: 'a time that is wrapped',
    fires: {
      versions: ['CREATE TABLE note (id INTEGER PRIMARY KEY, at TEXT); CREATE INDEX by_at ON note (at)'],
      ...contract("SELECT * FROM note WHERE datetime(at) >= datetime('now', ?)", ['-24 hours']),
    },
    object: "'ask'",
    happened: /search of note by by_at; 24 of 10,000 rows visited/,
    silent: {
      versions: ['CREATE TABLE note (id INTEGER PRIMARY KEY, at TEXT); CREATE INDEX by_at ON note (at)'],
      ...contract("SELECT * FROM note WHERE at >= datetime('now', ?)", ['-24 hours']),
    },
  },
  {
    code: 'unused-index',
    what: 'an index that no statement uses',
    fires: {
      versions: [`${note} CREATE INDEX by_text ON note (text)`],
      ...contract('SELECT * FROM note WHERE id = ?', [1n]),
    },
    object: 'by_text',
    happened: /none of them uses it/,
    silent: {
      versions: [child('ON DELETE CASCADE')],
      ...contract('SELECT * FROM parent WHERE id = ?', [1n], 'parent'),
    },
  },
  {
    code: 'redundant-index',
    what: 'a prefix of another index',
    fires: {
      versions: ['CREATE TABLE t (a, b); CREATE INDEX short ON t (a); CREATE INDEX long ON t (a, b)'],
    },
    object: 'short',
    happened: /without it, search of t by long/,
    silent: {
      versions: ['CREATE TABLE t (a, b); CREATE INDEX short ON t (a); CREATE INDEX long ON t (b, a)'],
    },
  },
  {
    code: 'redundant-index',
    what: 'an index that repeats the one of UNIQUE, but none that guards something',
    fires: { versions: ['CREATE TABLE t (a UNIQUE, b); CREATE INDEX again ON t (a)'] },
    object: 'again',
    happened: /without it, search of t by sqlite_autoindex_t_1/,
    silent: {
      versions: ['CREATE TABLE t (a, b); CREATE UNIQUE INDEX one ON t (a); CREATE INDEX long ON t (a, b)'],
    },
  },
  {
    code: 'dangling-view',
    what: 'a view of a table that is gone',
    fires: { versions: [`${note} ${parent} CREATE VIEW notes AS SELECT * FROM note;`, 'DROP TABLE note'] },
    object: 'notes',
    happened: /no such table: main\.note/,
    silent: {
      versions: [`${note} CREATE VIEW notes AS SELECT * FROM note;`, 'ALTER TABLE note RENAME TO paper'],
    },
  },
  {
    code: 'dangling-trigger',
    what: 'a trigger of a table that is gone, beside one that works',
    fires: {
      versions: [
        `${note} ${parent} CREATE TRIGGER works AFTER INSERT ON note BEGIN UPDATE note SET text = 'x'; END;
        CREATE TRIGGER dangles AFTER INSERT ON note BEGIN DELETE FROM parent; END;`,
        'DROP TABLE parent',
      ],
    },
    object: 'dangles',
    happened: /no such table: main\.parent/,
    silent: {
      versions: [
        `${note} ${parent} CREATE TRIGGER works AFTER INSERT ON note BEGIN DELETE FROM parent; END;`,
        'ALTER TABLE parent RENAME TO elder',
      ],
    },
  },
  {
    code: 'default-unknown-function',
    what: 'a function that the engine does not have',
    fires: { versions: ['CREATE TABLE note (id INTEGER PRIMARY KEY, at TEXT DEFAULT (clock_of_mine()))'] },
    object: 'note.at',
    happened: /unknown function: clock_of_mine/,
    silent: { versions: ["CREATE TABLE note (id INTEGER PRIMARY KEY, at TEXT DEFAULT (datetime('now')))"] },
  },
  {
    code: 'dqs-literal',
    what: 'a view with a string in double quotes',
    fires: { versions: [`${note} CREATE VIEW done AS SELECT * FROM note WHERE text = "done";`] },
    object: 'done',
    happened: /no such column: "?done/,
    silent: { versions: [`${note} CREATE VIEW done AS SELECT * FROM note WHERE "text" = 'done';`] },
  },
  {
    code: 'dqs-literal',
    what: 'a trigger with a string in double quotes',
    fires: {
      versions: [`${note} CREATE TRIGGER mark AFTER INSERT ON note BEGIN UPDATE note SET text = "new"; END;`],
    },
    object: 'mark',
    happened: /no such column: "?new/,
    silent: {
      versions: [
        `${note} CREATE TRIGGER mark AFTER INSERT ON note BEGIN UPDATE "note" SET text = 'new'; END;`,
      ],
    },
  },
  {
    code: 'dqs-literal',
    what: 'a statement with a string in double quotes',
    fires: { versions: [note], ...contract('SELECT * FROM note WHERE text = "done"') },
    object: "'ask'",
    happened: /no such column: "?done/,
    silent: { versions: [note], ...contract(`SELECT * FROM note WHERE "text" = 'done'`) },
  },
  {
    code: 'replica-differs',
    what: 'a default that is the time, which no statement names',
    fires: {
      versions: [
        note,
        `CREATE TABLE seed (id INTEGER PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP); INSERT INTO seed (id) VALUES (1)`,
      ],
      replication: 'rqlite',
    },
    object: 'migration v2: seed',
    happened: /^other rows in seed$/,
    silent: {
      versions: [
        note,
        `CREATE TABLE seed (id INTEGER PRIMARY KEY, at TEXT DEFAULT CURRENT_TIMESTAMP);
         INSERT INTO seed (id, at) VALUES (1, datetime('now')), (random(), strftime('%s', 'now')), (3, hex(randomblob(4)))`,
      ],
      replication: 'rqlite',
    },
  },
  {
    code: 'replica-differs',
    what: 'chance in an ORDER BY',
    fires: {
      versions: [
        note,
        'CREATE TABLE chosen (id INTEGER PRIMARY KEY, note INTEGER); INSERT INTO chosen (note) SELECT id FROM note ORDER BY random()',
      ],
      replication: 'rqlite',
    },
    object: 'migration v2: chosen',
    happened: /^other rows in chosen$/,
    silent: {
      versions: [
        note,
        'CREATE TABLE chosen (id INTEGER PRIMARY KEY, note INTEGER); INSERT INTO chosen (note) SELECT id FROM note ORDER BY id',
      ],
      replication: 'rqlite',
    },
  },
  {
    code: 'replica-differs',
    what: 'what the connection did before',
    fires: {
      versions: [
        note,
        'ALTER TABLE note ADD COLUMN last INTEGER; UPDATE note SET last = last_insert_rowid()',
      ],
      replication: 'rqlite',
    },
    object: 'migration v2: note',
    happened: /^other rows in note$/,
    silent: {
      versions: [
        note,
        'ALTER TABLE note ADD COLUMN last INTEGER; INSERT INTO note (id) VALUES (99); UPDATE note SET last = last_insert_rowid()',
      ],
      replication: 'rqlite',
    },
  },
  {
    code: 'replica-differs',
    what: 'the local time of each node',
    fires: {
      versions: [
        note,
        "ALTER TABLE note ADD COLUMN at TEXT; UPDATE note SET at = datetime(0, 'unixepoch', 'localtime')",
      ],
      replication: 'rqlite',
    },
    object: 'migration v2: note',
    happened: /^other rows in note$/,
    silent: {
      versions: [note, "ALTER TABLE note ADD COLUMN at TEXT; UPDATE note SET at = datetime('now')"],
      replication: 'dqlite',
    },
  },
  {
    code: 'replica-order',
    what: 'rows that no ORDER BY chooses',
    fires: {
      versions: [
        note,
        'CREATE TABLE chosen (id INTEGER PRIMARY KEY, note INTEGER); INSERT INTO chosen (note) SELECT id FROM note LIMIT 1',
      ],
      replication: 'rqlite',
    },
    object: 'migration v2: chosen',
    happened: /^other rows in chosen$/,
    silent: {
      versions: [
        note,
        'CREATE TABLE chosen (id INTEGER PRIMARY KEY, note INTEGER); INSERT INTO chosen (note) SELECT id FROM note ORDER BY id LIMIT 1',
      ],
      replication: 'rqlite',
    },
  },
  {
    code: 'replication-refuses',
    what: 'a pragma of Turso Cloud',
    fires: { versions: [note, 'PRAGMA user_version = 7'], replication: 'turso-sync' },
    object: 'migration v2: PRAGMA user_version or application_id',
    happened: /^turso-sync: both are read-only in Turso Cloud/,
    silent: { versions: [note, 'PRAGMA user_version; PRAGMA foreign_key_check'], replication: 'turso-sync' },
  },
  {
    code: 'replication-refuses',
    what: 'a function of the application',
    fires: {
      versions: [note, 'UPDATE note SET text = shout(text)'],
      replication: 'rqlite',
      connection: { functions: { shout: (text) => String(text).toUpperCase() } },
    },
    object: 'migration v2: shout()',
    happened: /^the nodes of rqlite have no function of the application/,
    silent: {
      versions: [note, 'UPDATE note SET text = shout(text)'],
      replication: 'litefs',
      connection: { functions: { shout: (text) => String(text).toUpperCase() } },
    },
  },
  {
    code: 'min-engine-version',
    what: 'a default that old engines do not know',
    fires: { versions: ['CREATE TABLE note (id INTEGER PRIMARY KEY, at INTEGER DEFAULT (unixepoch()))'] },
    object: 'note.at',
    happened: /unknown function: function_of_a_newer_engine/,
    silent: { versions: ["CREATE TABLE note (id INTEGER PRIMARY KEY, at TEXT DEFAULT (datetime('now')))"] },
  },
  {
    code: 'min-engine-version',
    what: 'STRICT',
    fires: { versions: ['CREATE TABLE note (id INTEGER PRIMARY KEY) STRICT'] },
    object: 'migration v1: STRICT',
    happened: /3\.37/,
    silent: { versions: ['CREATE TABLE strict (id INTEGER PRIMARY KEY)'] },
  },
  {
    code: 'min-engine-version',
    what: 'what the oldest engine of the config does not know',
    fires: { versions: ['CREATE TABLE note (id INTEGER PRIMARY KEY) STRICT'], engine: '>=3.36.1' },
    object: 'migration v1: STRICT',
    happened: /3\.37/,
    silent: {
      versions: ['CREATE TABLE note (id INTEGER PRIMARY KEY, at INTEGER DEFAULT (unixepoch())) STRICT'],
      engine: '>=3.38',
    },
  },
  {
    code: 'min-engine-version',
    what: 'DROP COLUMN',
    fires: { versions: [note, 'ALTER TABLE note DROP COLUMN text'] },
    object: 'migration v2: DROP COLUMN',
    happened: /3\.35/,
    silent: { versions: [note, 'ALTER TABLE note RENAME TO notes'] },
  },
  {
    code: 'min-engine-version',
    what: 'RENAME COLUMN',
    fires: { versions: [note, 'ALTER TABLE note RENAME COLUMN text TO body'] },
    object: 'migration v2: RENAME COLUMN',
    happened: /3\.25/,
    silent: { versions: [note, 'ALTER TABLE note RENAME TO notes'] },
  },
  {
    code: 'min-engine-version',
    what: 'RETURNING in a statement',
    fires: { versions: [note], ...contract('DELETE FROM note WHERE id = ? RETURNING text', [1n]) },
    object: "'ask': RETURNING",
    happened: /3\.35/,
    silent: { versions: [note], ...contract('DELETE FROM note WHERE id = ?', [1n]) },
  },
  {
    code: 'min-engine-version',
    what: 'UPDATE FROM',
    fires: {
      versions: [
        parent,
        'UPDATE parent SET name = other.name FROM (SELECT id, name FROM parent) AS other WHERE other.id = parent.id',
      ],
    },
    object: 'migration v2: UPDATE FROM',
    happened: /3\.33/,
    silent: {
      versions: [
        parent,
        "UPDATE parent SET name = coalesce((SELECT name FROM parent AS other LIMIT 1), ' from ')",
      ],
    },
  },
  {
    code: 'min-engine-version',
    what: 'a function of 3.44',
    fires: { versions: [note, "UPDATE note SET text = concat(text, '!')"] },
    object: 'migration v2: concat(), concat_ws() and string_agg()',
    happened: /3\.44/,
    silent: { versions: [note, "UPDATE note SET text = 'concat(a) right join b'"] },
  },
  {
    code: 'float-text-portability',
    what: 'a REAL as text in a view',
    fires: {
      versions: ['CREATE TABLE t (price REAL); CREATE VIEW texts AS SELECT CAST(price AS TEXT) FROM t'],
    },
    object: 'texts',
    happened: /^'0\.3/,
    silent: {
      versions: ['CREATE TABLE t (price REAL); CREATE VIEW texts AS SELECT CAST(price AS INTEGER) FROM t'],
    },
  },
  {
    code: 'secret-in-plain-text',
    what: 'a declared secret, found in the file',
    fires: { versions: [note], facts: { secrets: [{ table: 'note', column: 'text' }] } },
    object: 'note.text',
    happened: /found, in plain text/,
    silent: { versions: [note], facts: { secrets: [{ table: 'note', column: 'text', until: 1 }] } },
  },
]

describe.for(cases)('$code: $what', ({ code, fires, object, happened, silent }) => {
  it('is found, with what happened', () => {
    const sightings = findBy(code, fires)
    expect(sightings.map((sighting) => keyOfFinding(sighting.subject))).toContain(object)
    const evidence = sightings.find((sighting) => keyOfFinding(sighting.subject) === object)?.evidence ?? []
    expect(evidence.map((step) => step.happened)).toContainEqual(expect.stringMatching(happened))
    expect(evidence.every(({ ran }) => ran !== '')).toBe(true)
  })

  it('is not found where it is done well', () => {
    expect(findBy(code, silent)).toEqual([])
  })
})

describe('the cases', () => {
  it('are about every rule', () => {
    expect(
      rules.map(({ code }) => code).filter((code) => !cases.some((entry) => entry.code === code)),
    ).toEqual([])
  })
})

function findBy(code: string, toy: Toy) {
  const rule = rules.find((candidate) => candidate.code === code)
  if (rule === undefined) throw new Error(`No rule ${code}`)
  return rule.find(openFindingsSubject(toy.rows === undefined ? suiteOf(toy) : freezeToy(toy)))
}

function freezeToy({ versions, last = {}, rows = {} }: Toy) {
  const steps = versions.map((sql, place) => ({
    up: ({ exec }: MigrationConnection) => exec(sql),
    ...(place === versions.length - 1 ? last : {}),
  }))
  return freezeHistory({ steps, rows })
}

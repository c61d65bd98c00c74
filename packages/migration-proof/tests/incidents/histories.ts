/** A history in the form that `bench/run.mjs histories` runs; `docs/histories.md` describes it. */
export interface History {
  readonly id: string
  readonly kind: string
  readonly expect: 'named' | 'silent' | 'note'
  readonly migrations: readonly {
    readonly version: number
    readonly name: string
    readonly sql?: string
    /** The source of a function. */
    readonly up?: string
    readonly foreignKeys?: 'off'
    readonly dataChanges?: readonly object[]
  }[]
  readonly rows?: Readonly<Record<string, string>>
  readonly goldenSchemas?: Readonly<Record<string, string>>
  readonly config?: object
}

type Step = string | Omit<History['migrations'][number], 'version' | 'name'>

/** What a history needs besides its kind: what each version executes. */
interface Given extends Omit<History, 'id' | 'kind' | 'expect' | 'migrations'> {
  readonly steps: readonly Step[]
}

/** The histories of a kind, by their ids. */
function kind(
  name: string,
  histories: Readonly<Record<string, readonly [expect: History['expect'], given: Given]>>,
): History[] {
  return Object.entries(histories).map(([id, [expect, { steps, ...rest }]]) => ({
    id,
    kind: name,
    expect,
    migrations: steps.map((step, index) => ({
      version: index + 1,
      name: `step ${index + 1}`,
      ...(typeof step === 'string' ? { sql: step } : step),
    })),
    ...rest,
  }))
}

const shelves = `CREATE TABLE shelf (id INTEGER PRIMARY KEY, label TEXT);
  CREATE TABLE jar (id INTEGER PRIMARY KEY, shelf INTEGER NOT NULL REFERENCES shelf (id));
  CREATE INDEX jar_shelf ON jar (shelf);`

const seeded = `${shelves} INSERT INTO shelf VALUES (1, 'top'); INSERT INTO jar VALUES (1, 1), (2, 1);`

const shelfRebuild = `CREATE TABLE shelf_next (id INTEGER PRIMARY KEY, label TEXT, height REAL);
  INSERT INTO shelf_next (id, label) SELECT id, label FROM shelf; DROP TABLE shelf; ALTER TABLE shelf_next RENAME TO shelf;`

const childFirst = (when: string) => `CREATE TABLE unit (code TEXT NOT NULL PRIMARY KEY,
    base TEXT NOT NULL REFERENCES unit (code) ${when});
  CREATE INDEX unit_base ON unit (base);
  INSERT INTO unit VALUES ('km', 'm'); INSERT INTO unit VALUES ('m', 'm');`

const searched = `CREATE TABLE page (text TEXT NOT NULL);
  CREATE VIRTUAL TABLE page_search USING fts5 (text, content = 'page', content_rowid = 'rowid');
  CREATE TRIGGER page_added AFTER INSERT ON page
  BEGIN INSERT INTO page_search (rowid, text) VALUES (new.rowid, new.text); END;`

const searchedRows = {
  v1: `INSERT INTO page (rowid, text) VALUES (4, 'moss'), (9, 'fern');
    INSERT INTO page_search (page_search) VALUES ('rebuild');`,
}

const pageRebuild = (copied: string) => `CREATE TABLE page_next (text TEXT NOT NULL, tag TEXT);
  INSERT INTO page_next (${copied}) SELECT ${copied} FROM page; DROP TABLE page; ALTER TABLE page_next RENAME TO page;
  CREATE TRIGGER page_added AFTER INSERT ON page
  BEGIN INSERT INTO page_search (rowid, text) VALUES (new.rowid, new.text); END;`

const ownText = 'CREATE VIRTUAL TABLE memo USING fts5 (text, lang UNINDEXED)'
const ownRows = { v1: `INSERT INTO memo (rowid, text, lang) VALUES (5, 'moss', 'en'), (8, 'fern', 'en');` }
const memoAgain = (
  where: string,
) => `CREATE VIRTUAL TABLE memo_next USING fts5 (text, lang UNINDEXED, prefix = '2');
  INSERT INTO memo_next (rowid, text, lang) SELECT rowid, text, lang FROM memo ${where};
  DROP TABLE memo; ALTER TABLE memo_next RENAME TO memo;`

const boxes = 'CREATE VIRTUAL TABLE area USING rtree (id, west, east, south, north, +label TEXT)'
const boxesAgain = `CREATE VIRTUAL TABLE area_next USING rtree (id, west, east, south, north, +label TEXT);
  INSERT INTO area_next SELECT id, west, east, south, north, label FROM area ORDER BY id DESC;
  DROP TABLE area; ALTER TABLE area_next RENAME TO area;`

const event = 'CREATE TABLE event (id INTEGER PRIMARY KEY, doc TEXT NOT NULL,'
const grown = 'ALTER TABLE event ADD COLUMN note TEXT'

/** Faulty histories and their correct counterparts: at least one of each for every kind in `docs/histories.md`. */
export const histories: readonly History[] = [
  ...kind('foreign keys follow the rename of the old table', {
    'rename-old/faulty': [
      'named',
      {
        steps: [
          shelves,
          {
            foreignKeys: 'off',
            sql: `ALTER TABLE shelf RENAME TO shelf_before; CREATE TABLE shelf (id INTEGER PRIMARY KEY, label TEXT NOT NULL);
              INSERT INTO shelf (id, label) SELECT id, coalesce(label, '') FROM shelf_before; DROP TABLE shelf_before`,
          },
        ],
        rows: { v1: `INSERT INTO shelf VALUES (1, 'top'); INSERT INTO jar VALUES (1, 1), (2, 1);` },
      },
    ],
    'rename-old/correct': [
      'silent',
      {
        steps: [
          shelves,
          {
            foreignKeys: 'off',
            sql: `PRAGMA legacy_alter_table = ON; ALTER TABLE shelf RENAME TO shelf_before;
              CREATE TABLE shelf (id INTEGER PRIMARY KEY, label TEXT, height REAL);
              INSERT INTO shelf (id, label) SELECT id, label FROM shelf_before; DROP TABLE shelf_before;
              PRAGMA legacy_alter_table = OFF`,
          },
        ],
      },
    ],
  }),
  ...kind('a seeded parent is rebuilt by the documented steps', {
    'seeded-parent/faulty': ['named', { steps: [seeded, shelfRebuild] }],
    'seeded-parent/correct': ['silent', { steps: [seeded, { sql: shelfRebuild, foreignKeys: 'off' }] }],
  }),
  ...kind('a deferred reference seeded child first', {
    'child-first/faulty': ['named', { steps: [childFirst('')] }],
    'child-first/correct': ['silent', { steps: [childFirst('DEFERRABLE INITIALLY DEFERRED')] }],
  }),
  ...kind('DROP COLUMN and an index', {
    'drop-column/faulty': [
      'named',
      {
        steps: [
          'CREATE TABLE jar (id INTEGER PRIMARY KEY, lid TEXT); CREATE INDEX jar_lid ON jar (lid)',
          {
            sql: 'ALTER TABLE jar DROP COLUMN lid',
            dataChanges: [{ table: 'jar', columns: ['lid'], reason: 'gone' }],
          },
        ],
      },
    ],
    'drop-column/correct': [
      'silent',
      {
        steps: [
          'CREATE TABLE jar (id INTEGER PRIMARY KEY, lid TEXT); CREATE INDEX jar_lid ON jar (lid)',
          {
            sql: 'DROP INDEX jar_lid; ALTER TABLE jar DROP COLUMN lid',
            dataChanges: [{ table: 'jar', columns: ['lid'], reason: 'gone' }],
          },
        ],
      },
    ],
  }),
  ...kind('full-text tables and rowids', {
    'search/rowids-changed': ['named', { steps: [searched, pageRebuild('text')], rows: searchedRows }],
    'search/rowids-kept': ['silent', { steps: [searched, pageRebuild('rowid, text')], rows: searchedRows }],
    'search/rebuilt': [
      'silent',
      {
        steps: [searched, `${pageRebuild('text')} INSERT INTO page_search (page_search) VALUES ('rebuild');`],
        rows: searchedRows,
      },
    ],
    'search/new-and-empty': [
      'named',
      {
        steps: [
          'CREATE TABLE page (text TEXT)',
          "CREATE VIRTUAL TABLE page_search USING fts4(text, content='page')",
        ],
      },
    ],
    'search/drafted': ['silent', { steps: [searched, 'CREATE INDEX page_text ON page (text)'] }],
    'search/own-rows-lost': ['named', { steps: [ownText, memoAgain('WHERE rowid > 5')], rows: ownRows }],
    'search/own-rows-kept': ['silent', { steps: [ownText, memoAgain('')] }],
    'search/old-fault': [
      'silent',
      {
        steps: [searched, 'CREATE INDEX page_text ON page (text)'],
        rows: { v1: `INSERT INTO page (rowid, text) VALUES (3, 'never indexed');` },
      },
    ],
    'tree/boxes-lost': ['named', { steps: [boxes, 'DELETE FROM area WHERE id = 1'] }],
    'tree/boxes-kept': ['silent', { steps: [boxes, boxesAgain] }],
  }),
  ...kind('schemas on which drafting stopped', {
    'json/stored': ['silent', { steps: [`${event} at TEXT AS (json_extract(doc, '$.at')) STORED)`, grown] }],
    'json/indexes': [
      'silent',
      {
        steps: [
          `${event} kind TEXT); CREATE INDEX event_at ON event (json_extract(doc, '$.at'), doc ->> '$.kind');
          CREATE UNIQUE INDEX event_id ON event (doc -> '$.id') WHERE json_type(doc, '$.id') = 'integer'`,
          grown,
        ],
      },
    ],
    'json/trigger': [
      'silent',
      {
        steps: [
          `${event} kind TEXT); CREATE TABLE seen (at TEXT, who TEXT);
          CREATE TRIGGER event_seen AFTER INSERT ON event
          BEGIN INSERT INTO seen VALUES (json_extract(new.doc, '$.at'), new.doc ->> '$.who'); END`,
          grown,
        ],
      },
    ],
    'trigger/dangling': [
      'named',
      {
        steps: [
          `CREATE TABLE jar (id INTEGER PRIMARY KEY); CREATE TABLE tally (jars INTEGER);
          CREATE TRIGGER jar_counted AFTER INSERT ON jar BEGIN UPDATE tally SET jars = jars + 1; END`,
          {
            sql: 'ALTER TABLE tally RENAME TO tally_before; CREATE TABLE tally (jars INTEGER); DROP TABLE tally_before',
            dataChanges: [{ table: 'tally', reason: 'counted again' }],
          },
        ],
        rows: { v1: 'INSERT INTO jar VALUES (1); INSERT INTO tally VALUES (1);' },
      },
    ],
  }),
  ...kind('mutants that are none', {
    'mutants/bytes': [
      'silent',
      {
        steps: [
          'CREATE TABLE file (id INTEGER PRIMARY KEY, body BLOB)',
          'CREATE INDEX file_body ON file (body)',
        ],
      },
    ],
    'mutants/renamed-target': [
      'silent',
      {
        steps: [
          shelves,
          {
            foreignKeys: 'off',
            sql: `CREATE TABLE shelf_next (id INTEGER PRIMARY KEY, label TEXT, height REAL);
              INSERT INTO shelf_next (id, label) SELECT id, label FROM shelf;
              CREATE TABLE jar_next (id INTEGER PRIMARY KEY, shelf INTEGER NOT NULL REFERENCES shelf (id));
              INSERT INTO jar_next SELECT id, shelf FROM jar; DROP TABLE jar; DROP TABLE shelf;
              ALTER TABLE shelf_next RENAME TO shelf; ALTER TABLE jar_next RENAME TO jar;
              CREATE INDEX jar_shelf ON jar (shelf)`,
          },
        ],
      },
    ],
    'mutants/unseen': [
      'named',
      {
        steps: [
          'CREATE TABLE jar (id INTEGER PRIMARY KEY, lid TEXT)',
          {
            sql: "UPDATE jar SET lid = 'none' WHERE lid = 'no such lid'",
            dataChanges: [{ table: 'jar', columns: ['lid'], reason: 'one word for it' }],
          },
        ],
        rows: { v1: `INSERT INTO jar VALUES (1, 'red'), (2, 'blue');` },
      },
    ],
  }),
]

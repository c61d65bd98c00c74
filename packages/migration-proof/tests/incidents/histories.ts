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
    readonly rollback?: 'possible'
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

const numberedShelves = {
  v1: `INSERT INTO shelf VALUES (2, 'top'), (3, 'bottom'); INSERT INTO jar VALUES (1, 2), (2, 2);`,
}

/** Shelves get other numbers: those of their rows, counted from 1. */
const shelvesAgain = (jars: string): Step => ({
  foreignKeys: 'off',
  sql: `CREATE TABLE shelf_next (id INTEGER PRIMARY KEY, label TEXT, height REAL);
    INSERT INTO shelf_next (label) SELECT label FROM shelf ORDER BY id;
    ${jars} DROP TABLE shelf; ALTER TABLE shelf_next RENAME TO shelf;`,
  dataChanges: [
    { table: 'shelf', columns: ['id'], reason: 'counted from 1' },
    ...(jars === '' ? [] : [{ table: 'jar', columns: ['shelf'], reason: 'follows the shelf' }]),
  ],
})

const doubledTags = {
  v1: `INSERT INTO tag VALUES (4, 'red'), (5, 'blue'), (6, 'red'), (7, 'green');
    INSERT INTO post VALUES (1); INSERT INTO post VALUES (2); INSERT INTO post VALUES (3);
    INSERT INTO tagged VALUES (1, 5), (2, 6), (3, 7);`,
}

const tagsOnce = (from: string): readonly Step[] => [
  `CREATE TABLE tag (id INTEGER PRIMARY KEY, name TEXT NOT NULL); CREATE TABLE post (id INTEGER PRIMARY KEY);
    CREATE TABLE tagged (post INTEGER NOT NULL REFERENCES post (id), tag INTEGER NOT NULL REFERENCES tag (id),
      PRIMARY KEY (post, tag));
    CREATE INDEX tagged_tag ON tagged (tag);`,
  {
    foreignKeys: 'off',
    sql: `CREATE TABLE once (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
      INSERT INTO once (name) SELECT DISTINCT name FROM tag ORDER BY name;
      UPDATE OR REPLACE tagged SET tag = (SELECT once.id FROM once ${from});
      DROP TABLE tag; ALTER TABLE once RENAME TO tag;`,
    dataChanges: [
      { table: 'tag', reason: 'each name once' },
      { table: 'tagged', columns: ['tag'], reason: 'follows the tag' },
    ],
  },
]

const owned = {
  v1: `INSERT INTO owner VALUES (1, 'ann@example.com'), (2, 'bob@example.com'), (3, 'cid@example.com');
    INSERT INTO boat VALUES (1, 'Kea', 2), (2, 'Moa', 3);`,
}

/** Numbers become texts of which chance decides the order. */
const textKeys = (join: string): readonly Step[] => [
  `CREATE TABLE owner (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE);
    CREATE TABLE boat (id INTEGER PRIMARY KEY, name TEXT, owner_id INTEGER NOT NULL);`,
  {
    sql: `CREATE TABLE owner_next (id TEXT NOT NULL PRIMARY KEY, email TEXT NOT NULL UNIQUE);
      INSERT INTO owner_next SELECT CASE id WHEN 1 THEN 'c7' WHEN 2 THEN 'a3' ELSE 'b5' END, email FROM owner;
      CREATE TABLE boat_next (id INTEGER PRIMARY KEY, name TEXT, owner_id TEXT NOT NULL);
      INSERT INTO boat_next SELECT boat.id, name, owner_next.id FROM boat JOIN owner ON owner.id = owner_id
        JOIN owner_next ON ${join};
      DROP TABLE owner; ALTER TABLE owner_next RENAME TO owner;
      DROP TABLE boat; ALTER TABLE boat_next RENAME TO boat`,
    dataChanges: [
      { table: 'owner', columns: ['id'], reason: 'texts that no one can count' },
      { table: 'boat', columns: ['owner_id'], reason: 'follows the owner' },
    ],
  },
]

const plots = {
  v1: `INSERT INTO plot VALUES ('north', 1, 'oak'), ('north', 2, 'ash'), ('south', 1, 'elm');
    INSERT INTO visit VALUES (1, 'north', 2), (2, 'south', 1);`,
}

/** A key of two columns becomes a number. */
const oneColumnKey = (on: string): readonly Step[] => [
  `CREATE TABLE plot (region TEXT NOT NULL, number INTEGER NOT NULL, tree TEXT, PRIMARY KEY (region, number));
    CREATE TABLE visit (id INTEGER PRIMARY KEY, region TEXT, number INTEGER,
      FOREIGN KEY (region, number) REFERENCES plot (region, number));
    CREATE INDEX visit_plot ON visit (region, number);`,
  {
    foreignKeys: 'off',
    sql: `CREATE TABLE plot_next (id INTEGER PRIMARY KEY, region TEXT NOT NULL, number INTEGER NOT NULL, tree TEXT,
        UNIQUE (region, number));
      INSERT INTO plot_next (region, number, tree) SELECT region, number, tree FROM plot ORDER BY region, number;
      CREATE TABLE visit_next (id INTEGER PRIMARY KEY, plot INTEGER REFERENCES plot (id));
      INSERT INTO visit_next SELECT visit.id, plot_next.id FROM visit JOIN plot_next ON ${on}
        GROUP BY visit.id;
      DROP TABLE visit; DROP TABLE plot; ALTER TABLE plot_next RENAME TO plot;
      ALTER TABLE visit_next RENAME TO visit; CREATE INDEX visit_plot ON visit (plot)`,
    dataChanges: [{ table: 'visit', columns: ['region', 'number'], reason: 'one number in place of both' }],
  },
]

const lids = 'CREATE TABLE jar (id INTEGER PRIMARY KEY, lid TEXT NOT NULL, seal TEXT NOT NULL)'
const lidRows = { v1: `INSERT INTO jar VALUES (1, 'red', 'wax'), (2, 'blue', 'cork');` }
const colours = 'ALTER TABLE jar ADD COLUMN colour TEXT'
const lidsByHand = (each: string) => `({ exec, all }) => { exec('${colours}')
  const jars = all('SELECT id, lid FROM jar'); ${each} }`
const lidsAgain = (
  values: string,
) => `CREATE TABLE jar_next (id INTEGER PRIMARY KEY, lid TEXT NOT NULL, seal TEXT NOT NULL);
  INSERT INTO jar_next (id, lid, seal) SELECT ${values} FROM jar; DROP TABLE jar; ALTER TABLE jar_next RENAME TO jar`
const twoKinds = `CREATE TABLE tin (id INTEGER PRIMARY KEY, label TEXT NOT NULL);
  CREATE TABLE jar (id INTEGER PRIMARY KEY, label TEXT NOT NULL)`
const tinsGo = { table: 'tin', reason: 'no tins any more' }
/** A column that goes to a table of its own. */
function split(sql: string, column: string, ...more: readonly object[]): Given {
  const before = `CREATE TABLE jar (id INTEGER PRIMARY KEY, label TEXT NOT NULL, ${column} TEXT)`
  return {
    steps: [
      before,
      {
        sql: `CREATE TABLE note (jar INTEGER PRIMARY KEY REFERENCES jar (id), note TEXT); ${sql}; ALTER TABLE jar DROP COLUMN ${column}`,
        dataChanges: [{ table: 'jar', columns: [column], reason: 'a table of its own' }, ...more],
      },
    ],
    rows: { v1: "INSERT INTO jar VALUES (1, 'a', 'b'), (2, 'c', NULL), (3, 'd', 'e'), (7, 'f', 'g');" },
  }
}

function merge(sql: string): Given {
  const made = 'CREATE TABLE box (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, label TEXT NOT NULL);'
  const dataChanges = [tinsGo, { table: 'jar', reason: 'in boxes from now on' }]
  return {
    steps: [twoKinds, { sql: `${made} ${sql}; DROP TABLE tin; DROP TABLE jar`, dataChanges }],
    rows: {
      v1: "INSERT INTO tin VALUES (1, 'red'), (5, 'blue'); INSERT INTO jar VALUES (1, 'green'), (2, 'grey');",
    },
  }
}

function oneName(expression: string): Given {
  return {
    steps: [
      'CREATE TABLE owner (id INTEGER PRIMARY KEY, first TEXT, last TEXT)',
      {
        sql: `ALTER TABLE owner ADD COLUMN name TEXT; UPDATE owner SET name = ${expression};
          ALTER TABLE owner DROP COLUMN first; ALTER TABLE owner DROP COLUMN last`,
        dataChanges: [{ table: 'owner', columns: ['first', 'last'], reason: 'one name' }],
      },
    ],
    rows: { v1: "INSERT INTO owner VALUES (1, 'Ada', 'Byron'), (2, 'Homer', NULL), (3, NULL, NULL);" },
  }
}

const stored = `CREATE TABLE shelf (id INTEGER PRIMARY KEY, label TEXT NOT NULL);
  CREATE TABLE jar (id INTEGER PRIMARY KEY, label TEXT NOT NULL, lid TEXT NOT NULL)`
const shelved = `ALTER TABLE jar ADD COLUMN shelf INTEGER;
  UPDATE jar SET shelf = (SELECT shelf.id FROM shelf WHERE shelf.label = jar.label)`
const shelvedRows = {
  v1: `INSERT INTO shelf VALUES (1, 'top'); INSERT INTO jar VALUES (1, 'top', 'red'), (2, 'low', 'blue');`,
}

const listed = (states: string) =>
  `CREATE TABLE job (id INTEGER PRIMARY KEY, state TEXT CHECK (state IN (${states})))`
const relisted = (check: string) => `CREATE TABLE job_next (id INTEGER PRIMARY KEY, state TEXT ${check});
  INSERT INTO job_next (id, state) SELECT id, state FROM job; DROP TABLE job; ALTER TABLE job_next RENAME TO job`

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
    'search/filled-by-the-harness': [
      'named',
      {
        steps: [searched, pageRebuild('text')],
        rows: { v1: `INSERT INTO page (rowid, text) VALUES (4, 'moss'), (9, 'fern');` },
      },
    ],
    'search/options-of-fts4': [
      'silent',
      {
        steps: [
          'CREATE TABLE page (text TEXT NOT NULL); CREATE VIRTUAL TABLE found USING fts4 (content="page", text, prefix="2,4")',
          'ALTER TABLE page ADD COLUMN tag TEXT',
        ],
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
  ...kind('schemas on which drafting stopped', {
    'trigger/after-an-update': [
      'named',
      {
        steps: [
          `CREATE TABLE jar (id INTEGER PRIMARY KEY, lid TEXT); CREATE TABLE IF NOT EXISTS tally (jars TEXT);
          CREATE TRIGGER jar_noted AFTER UPDATE ON jar BEGIN INSERT INTO tally VALUES (old.lid); END`,
          { sql: 'DROP TABLE tally', dataChanges: [{ table: 'tally', reason: 'counted elsewhere' }] },
        ],
        rows: { v1: "INSERT INTO jar VALUES (1, 'red'); INSERT INTO tally VALUES ('a');" },
      },
    ],
  }),
  ...kind('a split or merge loses values', {
    'split/correct': ['silent', split('INSERT INTO note (jar, note) SELECT id, note FROM jar', 'note')],
    'split/declared-new-table': [
      'silent',
      split('INSERT INTO note (jar, note) SELECT id, note FROM jar', 'note', {
        table: 'note',
        rowsAdded: true,
        reason: 'its notes',
      }),
    ],
    'split/only-what-is-there': [
      'silent',
      split('INSERT INTO note (jar, note) SELECT id, note FROM jar WHERE note IS NOT NULL', 'note'),
    ],
    'split/without-the-values': ['named', split('INSERT INTO note (jar) SELECT id FROM jar', 'note')],
    'split/without-rows': ['named', split('', 'note')],
    'split/another-owner': [
      'named',
      split(
        'INSERT INTO note (jar, note) SELECT CASE id WHEN 1 THEN 3 WHEN 3 THEN 1 ELSE id END, note FROM jar',
        'note',
      ),
    ],
    'split/some-rows': [
      'named',
      split('INSERT INTO note (jar, note) SELECT id, note FROM jar WHERE id < 7', 'note'),
    ],
    'merge/correct': [
      'silent',
      merge(
        "INSERT INTO box (kind, label) SELECT 'tin', label FROM tin UNION ALL SELECT 'jar', label FROM jar",
      ),
    ],
    'merge/one-of-two': ['named', merge("INSERT INTO box (kind, label) SELECT 'tin', label FROM tin")],
    'merge/none-of-two': ['named', merge('')],
    'merge/equal-ids': [
      'named',
      merge(
        "INSERT INTO box SELECT id, 'tin', label FROM tin; INSERT OR IGNORE INTO box SELECT id, 'jar', label FROM jar",
      ),
    ],
    'merge/gone-and-nothing-of-it': [
      'silent',
      {
        steps: [
          twoKinds,
          {
            sql: 'DROP TABLE tin; CREATE TABLE colour (id INTEGER PRIMARY KEY, name TEXT)',
            dataChanges: [tinsGo],
          },
        ],
      },
    ],
    'merge/columns': ['silent', oneName("trim(ifnull(first, '') || ' ' || ifnull(last, ''))")],
    'merge/columns-and-null': ['named', oneName("first || ' ' || last")],
  }),
  ...kind('a statement without effect', {
    'effect/none': [
      'named',
      { steps: [lids, 'CREATE TABLE IF NOT EXISTS jar (id INTEGER PRIMARY KEY, colour TEXT NOT NULL)'] },
    ],
    'effect/some': [
      'silent',
      { steps: [lids, 'CREATE TABLE IF NOT EXISTS shelf (id INTEGER PRIMARY KEY, label TEXT NOT NULL)'] },
    ],
  }),
  ...kind('the clock or chance decides what is stored', {
    'chance/where-none-is': [
      'named',
      {
        steps: [
          'CREATE TABLE jar (id INTEGER PRIMARY KEY, token TEXT)',
          {
            sql: 'UPDATE jar SET token = hex(randomblob(8)) WHERE token IS NULL',
            dataChanges: [{ table: 'jar', columns: ['token'], reason: 'each has one' }],
          },
        ],
        rows: { v1: "INSERT INTO jar VALUES (1, 'a'), (2, NULL);" },
      },
    ],
    'chance/derived': [
      'silent',
      {
        steps: [
          'CREATE TABLE jar (id INTEGER PRIMARY KEY, token TEXT)',
          {
            sql: "UPDATE jar SET token = 'jar ' || id WHERE token IS NULL",
            dataChanges: [{ table: 'jar', columns: ['token'], reason: 'each has one' }],
          },
        ],
        rows: { v1: "INSERT INTO jar VALUES (1, 'a'), (2, NULL);" },
      },
    ],
  }),
  ...kind('generated columns', {
    'generated/stored-in-a-table-that-is-there': [
      'named',
      { steps: [lids, 'ALTER TABLE jar ADD COLUMN loud TEXT AS (upper(lid)) STORED'], rows: lidRows },
    ],
    'generated/virtual-in-a-table-that-is-there': [
      'silent',
      { steps: [lids, 'ALTER TABLE jar ADD COLUMN loud TEXT AS (upper(lid)) VIRTUAL'], rows: lidRows },
    ],
  }),
  ...kind('a rebuild gives children another parent', {
    'parents/numbered-again': ['named', { steps: [shelves, shelvesAgain('')], rows: numberedShelves }],
    'parents/children-follow': [
      'silent',
      {
        steps: [
          shelves,
          shelvesAgain(`UPDATE jar SET shelf = (SELECT shelf_next.id FROM shelf JOIN shelf_next USING (label)
            WHERE shelf.id = jar.shelf);`),
        ],
        rows: numberedShelves,
      },
    ],
    'parents/doubled-by-position': [
      'named',
      { steps: tagsOnce('WHERE once.id = tagged.tag - 4'), rows: doubledTags },
    ],
    'parents/doubled-by-name': [
      'silent',
      { steps: tagsOnce('JOIN tag USING (name) WHERE tag.id = tagged.tag'), rows: doubledTags },
    ],
    'parents/texts-by-order': [
      'named',
      {
        steps: textKeys('(SELECT count(*) FROM owner_next AS o WHERE o.id <= owner_next.id) = owner.id'),
        rows: owned,
      },
    ],
    'parents/texts-by-content': [
      'silent',
      { steps: textKeys('owner_next.email = owner.email'), rows: owned },
    ],
    'parents/half-of-a-key': [
      'named',
      { steps: oneColumnKey('plot_next.number = visit.number'), rows: plots },
    ],
    'parents/whole-key': [
      'silent',
      {
        steps: oneColumnKey('plot_next.region = visit.region AND plot_next.number = visit.number'),
        rows: plots,
      },
    ],
  }),
  ...kind('the program of the version before stops', {
    'rollback/renamed': [
      'named',
      {
        steps: [
          shelves,
          {
            sql: 'ALTER TABLE shelf RENAME COLUMN label TO title',
            dataChanges: [{ table: 'shelf', renamedColumns: { label: 'title' }, reason: 'a better name' }],
            rollback: 'possible',
          },
        ],
      },
    ],
    'rollback/renamed-later': [
      'silent',
      {
        steps: [
          shelves,
          {
            sql: `ALTER TABLE shelf ADD COLUMN title TEXT; UPDATE shelf SET title = label;
              CREATE TRIGGER shelf_title AFTER INSERT ON shelf WHEN new.title IS NULL
              BEGIN UPDATE shelf SET title = new.label WHERE id = new.id; END`,
            rollback: 'possible',
          },
        ],
      },
    ],
    'rollback/refused': [
      'named',
      {
        steps: [
          'CREATE TABLE jar (id INTEGER PRIMARY KEY, lid TEXT NOT NULL)',
          {
            sql: `CREATE TABLE jar_next (id INTEGER PRIMARY KEY, lid TEXT NOT NULL, size INTEGER NOT NULL);
              INSERT INTO jar_next SELECT id, lid, 1 FROM jar; DROP TABLE jar; ALTER TABLE jar_next RENAME TO jar`,
            rollback: 'possible',
          },
        ],
      },
    ],
    'rollback/accepted': [
      'silent',
      {
        steps: [
          'CREATE TABLE jar (id INTEGER PRIMARY KEY, lid TEXT NOT NULL)',
          { sql: 'ALTER TABLE jar ADD COLUMN size INTEGER NOT NULL DEFAULT 1', rollback: 'possible' },
        ],
      },
    ],
    'rollback/not-declared': [
      'silent',
      {
        steps: [
          shelves,
          {
            sql: 'ALTER TABLE shelf DROP COLUMN label',
            dataChanges: [{ table: 'shelf', columns: ['label'], reason: 'never read' }],
          },
        ],
      },
    ],
  }),
  ...kind('a rebuild loses a clause', {
    'lost/check': ['named', { steps: [listed("'new', 'run'"), relisted('')] }],
    'lost/list-cut': ['named', { steps: [listed("'new', 'run'"), relisted("CHECK (state IN ('new'))")] }],
    'lost/list-widened': [
      'silent',
      { steps: [listed("'new', 'run'"), relisted("CHECK (state IN ('new', 'run', 'held'))")] },
    ],
    'lost/unique-becomes-key': [
      'silent',
      {
        steps: [
          'CREATE TABLE tag (name TEXT NOT NULL UNIQUE, colour TEXT)',
          `CREATE TABLE tag_next (name TEXT NOT NULL PRIMARY KEY, colour TEXT);
           INSERT INTO tag_next (name, colour) SELECT name, colour FROM tag; DROP TABLE tag; ALTER TABLE tag_next RENAME TO tag`,
        ],
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
    'mutants/numbers': [
      'silent',
      {
        steps: [
          'CREATE TABLE jar (id INTEGER PRIMARY KEY AUTOINCREMENT, lid TEXT)',
          'CREATE TABLE crate (id INTEGER PRIMARY KEY AUTOINCREMENT, size INTEGER)',
          'ALTER TABLE jar ADD COLUMN colour TEXT',
        ],
      },
    ],
    'mutants/numbers-by-hand': [
      'silent',
      {
        steps: [
          'CREATE TABLE jar (id INTEGER PRIMARY KEY AUTOINCREMENT, lid TEXT)',
          'ALTER TABLE jar ADD COLUMN colour TEXT',
        ],
        rows: { v1: "INSERT INTO jar VALUES (1, 'red'), (2, 'blue');" },
      },
    ],
    'mutants/one-of-two-goes': [
      'silent',
      { steps: [twoKinds, { sql: 'DROP TABLE tin', dataChanges: [tinsGo] }] },
    ],
    'mutants/the-only-one-goes': [
      'silent',
      {
        steps: [
          'CREATE TABLE tin (id INTEGER PRIMARY KEY, label TEXT NOT NULL)',
          { sql: 'DROP TABLE tin; CREATE TABLE box (id INTEGER PRIMARY KEY)', dataChanges: [tinsGo] },
        ],
      },
    ],
    'mutants/split': ['silent', split('INSERT INTO note (jar, note) SELECT id, note FROM jar', 'note')],
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
  ...kind('more rows than SQL variables', {
    'variables/one-a-row': [
      'named',
      {
        steps: [
          lids,
          {
            up: lidsByHand(`if (jars.length > 0)
              all("UPDATE jar SET colour = 'any' WHERE id IN (" + jars.map(() => '?').join() + ')', jars.map(({ id }) => id))`),
          },
        ],
        rows: lidRows,
      },
    ],
    'variables/terms': [
      'named',
      {
        steps: [
          lids,
          {
            up: lidsByHand(`if (jars.length > 0)
              exec("UPDATE jar SET colour = 'any' WHERE " + jars.map(({ id }) => 'id = ' + id).join(' OR '))`),
          },
        ],
        rows: lidRows,
      },
    ],
    'variables/batches': [
      'silent',
      {
        steps: [
          lids,
          {
            up: lidsByHand(`while (jars.length > 0) { const some = jars.splice(0, 500)
              all("UPDATE jar SET colour = 'any' WHERE id IN (" + some.map(() => '?').join() + ')', some.map(({ id }) => id)) }`),
          },
        ],
        rows: lidRows,
      },
    ],
  }),
  ...kind('values pasted into SQL', {
    'pasted/in-quotes': [
      'named',
      {
        steps: [
          lids,
          {
            up: lidsByHand(
              `for (const { id, lid } of jars) exec("UPDATE jar SET colour = '" + lid + "' WHERE id = " + id)`,
            ),
          },
        ],
        rows: lidRows,
      },
    ],
    'pasted/bound': [
      'silent',
      {
        steps: [
          lids,
          {
            up: lidsByHand(
              "for (const { id, lid } of jars) all('UPDATE jar SET colour = ? WHERE id = ?', [lid, id])",
            ),
          },
        ],
        rows: lidRows,
      },
    ],
  }),
  ...kind('columns are swapped or lost in a rebuild', {
    'columns/swapped': ['named', { steps: [lids, lidsAgain('id, seal, lid')], rows: lidRows }],
    'columns/lost': ['named', { steps: [lids, lidsAgain("id, lid, ''")], rows: lidRows }],
    'rows/joined': [
      'named',
      {
        steps: [
          'CREATE TABLE shelf (id INTEGER PRIMARY KEY, label TEXT); CREATE TABLE jar (id INTEGER PRIMARY KEY, shelf INTEGER)',
          `CREATE TABLE jar_next (id INTEGER PRIMARY KEY, shelf INTEGER, label TEXT);
           INSERT INTO jar_next SELECT jar.id, jar.shelf, shelf.label FROM jar JOIN shelf ON shelf.id = jar.shelf;
           DROP TABLE jar; ALTER TABLE jar_next RENAME TO jar`,
        ],
        rows: { v1: "INSERT INTO shelf VALUES (1, 'top'); INSERT INTO jar VALUES (1, 1), (2, 1);" },
      },
    ],
    'columns/kept': ['silent', { steps: [lids, lidsAgain('id, lid, seal')], rows: lidRows }],
  }),
  ...kind('text is cut', {
    'cut/longer-than-rows': [
      'named',
      { steps: [lids, lidsAgain('id, substr(lid, 1, 3000), seal')], rows: lidRows },
    ],
    'cut/longer-than-an-empty-text': [
      'named',
      {
        steps: [lids, lidsAgain('id, substr(lid, 1, 3000), seal')],
        rows: { v1: "INSERT INTO jar VALUES (1, '', '');" },
      },
    ],
    'cut/an-empty-text': [
      'silent',
      { steps: [lids, lidsAgain('id, lid, seal')], rows: { v1: "INSERT INTO jar VALUES (1, '', '');" } },
    ],
    'cut/declared-without-a-word': [
      'named',
      {
        steps: [
          lids,
          {
            sql: 'UPDATE jar SET lid = substr(trim(lid), 1, 80)',
            dataChanges: [{ table: 'jar', columns: ['lid'], reason: 'no spaces around' }],
          },
        ],
        rows: lidRows,
      },
    ],
    'cut/declared': [
      'silent',
      {
        steps: [
          lids,
          {
            sql: 'UPDATE jar SET lid = substr(lid, 1, 80)',
            dataChanges: [
              { table: 'jar', columns: { lid: 'substr(lid, 1, 80)' }, reason: 'labels are small' },
            ],
          },
        ],
        rows: lidRows,
      },
    ],
  }),
  ...kind('time grows with the square of the rows', {
    'square/without-an-index': ['named', { steps: [stored, shelved], rows: shelvedRows }],
    'square/with-an-index': [
      'silent',
      { steps: [stored, `CREATE INDEX shelf_label ON shelf (label); ${shelved}`], rows: shelvedRows },
    ],
  }),
]

// Histories on which the program of a tool and the emulation of its rules must do the same.

/** A migration, before it is written in the form of a tool. */
export interface Step {
  readonly number: number
  readonly name: string
  readonly sql: string
}

/** A history that is applied in one go, or in two with rows and another folder between them. */
export interface Case {
  readonly name: string
  readonly before?: readonly Step[]
  /** What the application writes before the second part. */
  readonly rows?: string
  /** The whole folder when it is applied again. */
  readonly after: readonly Step[]
}

const step = (number: number, name: string, sql: string): Step => ({ number, name, sql })

const shop = step(
  1,
  'shop',
  `CREATE TABLE chat (id INTEGER PRIMARY KEY, title TEXT);
CREATE TABLE message (id INTEGER PRIMARY KEY, chat INTEGER NOT NULL REFERENCES chat (id) ON DELETE CASCADE);
CREATE INDEX message_chat ON message (chat);
`,
)
const rows =
  "INSERT INTO chat VALUES (1, NULL), (2, 'two'); INSERT INTO message VALUES (1, 1), (2, 1), (3, 2)"
const tags = step(3, 'tags', 'CREATE TABLE tag (id INTEGER PRIMARY KEY);\n')
const rebuildOf = (
  head: string,
  foot: string,
) => `${head}CREATE TABLE new_chat (id INTEGER PRIMARY KEY, title TEXT DEFAULT 'new');
INSERT INTO new_chat (id, title) SELECT id, title FROM chat;
DROP TABLE chat;
ALTER TABLE new_chat RENAME TO chat;
${foot}`

/** Histories of one file after `shop`, and one more behind it. */
const second: Readonly<Record<string, string>> = {
  'a rebuild': rebuildOf('', ''),
  'a rebuild with foreign keys off': rebuildOf('PRAGMA foreign_keys=OFF;\n', 'PRAGMA foreign_keys=ON;\n'),
  'a rebuild with foreign keys off that stay off': rebuildOf('PRAGMA foreign_keys=OFF;\n', ''),
  'a rebuild with deferred foreign keys': rebuildOf('PRAGMA defer_foreign_keys = on;\n', ''),
  'rows without a parent':
    'PRAGMA defer_foreign_keys = on;\nCREATE TABLE half (id INTEGER);\nINSERT INTO message VALUES (9, 99);\n',
  'a statement that fails in the middle':
    'CREATE TABLE half (id INTEGER);\nINSERT INTO half VALUES (1);\nINSERT INTO missing VALUES (1);\nCREATE TABLE other (id INTEGER);\n',
  'a syntax error at the end': 'CREATE TABLE half (id INTEGER);\nCREATE TABEL other (id INTEGER);\n',
  'a column that works on empty tables only':
    'CREATE TABLE half (id INTEGER);\nALTER TABLE message ADD COLUMN text TEXT NOT NULL;\n',
  'a constraint that the rows break': 'CREATE TABLE half (id INTEGER);\nUPDATE message SET id = 1;\n',
  'triggers and a view':
    "CREATE TRIGGER shown AFTER INSERT ON chat BEGIN UPDATE chat SET title = 'a;b' WHERE id = new.id; SELECT 2; END;\nCREATE TRIGGER cased AFTER DELETE ON chat BEGIN SELECT CASE old.id WHEN 1 THEN 2 ELSE 3 END; END;\nCREATE VIEW titles AS SELECT CASE WHEN title IS NULL THEN '' ELSE title END AS title FROM chat;\nINSERT INTO chat VALUES (7, NULL);\n",
  'a trigger in lower case':
    'create trigger shown after insert on chat\nbegin\n  select 1;\nend;\ncreate table after_trigger (id integer);\n',
  'a CASE that ends a line':
    "UPDATE chat SET title = CASE\n  WHEN title IS NULL THEN 'none'\n  ELSE title\nEND;\nCREATE TABLE after_case (id INTEGER);\n",
  'semicolons and marks in texts and comments':
    "-- a; b\n/* c; 'd */\nINSERT INTO chat VALUES (8, 'a;b''; -- no comment'), (9, 'e;f');\nINSERT INTO chat VALUES (10, '--> statement'); -- the end; '\n",
  'comments alone': '-- Nothing to do.\n/* Nothing; at all. */\n',
  'an empty file': '',
  'blanks alone': '\n  \n',
  'a semicolon alone': ';\n',
  'two semicolons': 'CREATE TABLE one (id INTEGER);;\nCREATE TABLE two (id INTEGER);\n',
  'lines that end in CRLF':
    "CREATE TABLE one (\r\n  id INTEGER, -- a note\r\n  text TEXT DEFAULT 'a\r\nb'\r\n);\r\n-- and\r\nINSERT INTO one (id) VALUES (1);\r\n",
  'names and texts that are not ASCII':
    'CREATE TABLE "Café 🎉" ("größe" INTEGER PRIMARY KEY, "naïve ""x""" TEXT DEFAULT \'é\');\nINSERT INTO "Café 🎉" ("größe") VALUES (1);\n',
  'no semicolon at the end': 'CREATE TABLE one (id INTEGER);\nCREATE TABLE two (id INTEGER)',
  'a comment without a line end at the end': 'CREATE TABLE one (id INTEGER);\n-- the end',
  'a comment without an end': 'CREATE TABLE one (id INTEGER);\n/* the end',
  'a text without an end': "CREATE TABLE one (id INTEGER);\nINSERT INTO chat VALUES (5, 'the end);\n",
  'a byte order mark': '\ufeffCREATE TABLE one (id INTEGER);\n',
  'BEGIN and COMMIT': 'BEGIN;\nCREATE TABLE one (id INTEGER);\nCOMMIT;\nCREATE TABLE two (id INTEGER);\n',
  'BEGIN TRANSACTION and COMMIT': 'BEGIN TRANSACTION;\nCREATE TABLE one (id INTEGER);\nCOMMIT;\n',
  'BEGIN, a statement that fails, COMMIT':
    'BEGIN;\nCREATE TABLE one (id INTEGER);\nINSERT INTO missing VALUES (1);\nCOMMIT;\n',
  'BEGIN alone': 'BEGIN;\nCREATE TABLE one (id INTEGER);\n',
  'COMMIT alone': 'CREATE TABLE one (id INTEGER);\nCOMMIT;\nCREATE TABLE two (id INTEGER);\n',
  'ROLLBACK alone': 'CREATE TABLE one (id INTEGER);\nROLLBACK;\nCREATE TABLE two (id INTEGER);\n',
  'a savepoint': 'SAVEPOINT own;\nCREATE TABLE one (id INTEGER);\nRELEASE own;\n',
  'INSERT OR ROLLBACK that fails':
    "CREATE TABLE one (id INTEGER);\nINSERT OR ROLLBACK INTO chat VALUES (1, 'again');\nCREATE TABLE two (id INTEGER);\n",
  'INSERT OR IGNORE, and REPLACE':
    "INSERT OR IGNORE INTO chat VALUES (1, 'again');\nREPLACE INTO chat VALUES (2, 'again');\n",
  VACUUM: 'CREATE TABLE one (id INTEGER);\nVACUUM;\n',
  'VACUUM alone': 'VACUUM;\n',
  'a version in the header': 'PRAGMA user_version = 7;\nCREATE TABLE one (id INTEGER);\n',
  'an application id': 'PRAGMA application_id = 7;\n',
  'WAL mode': 'PRAGMA journal_mode = WAL;\nCREATE TABLE one (id INTEGER);\n',
  'a pragma that only reads': 'PRAGMA table_info(chat);\nCREATE TABLE one (id INTEGER);\n',
  'a check of foreign keys': 'PRAGMA foreign_key_check;\n',
  'statements that return rows':
    "SELECT * FROM chat;\nINSERT INTO chat VALUES (5, 'five') RETURNING id;\nWITH own AS (SELECT 6 AS id) INSERT INTO chat SELECT id, 'six' FROM own;\n",
  'a temporary table':
    'CREATE TEMP TABLE own AS SELECT * FROM chat;\nINSERT INTO chat SELECT id + 100, title FROM own;\nDROP TABLE own;\n',
  'a counter': 'CREATE TABLE one (id INTEGER PRIMARY KEY AUTOINCREMENT);\nINSERT INTO one DEFAULT VALUES;\n',
  'a full-text index': "CREATE VIRTUAL TABLE texts USING fts5(text);\nINSERT INTO texts VALUES ('a text');\n",
  'generated columns and strict tables':
    "CREATE TABLE one (id INTEGER PRIMARY KEY, twice INTEGER AS (id * 2) STORED, text TEXT CHECK (text <> '')) STRICT;\nINSERT INTO one (id) VALUES (4);\n",
  'the version of SQLite': 'CREATE TABLE one AS SELECT length(sqlite_version()) > 0 AS known;\n',
  'a name that begins with sqlite_': 'CREATE TABLE sqlite_own (id INTEGER);\n',
  'a table whose name begins with _cf_': 'CREATE TABLE _cf_own (id INTEGER);\n',
  'an attached database': "ATTACH ':memory:' AS other;\nCREATE TABLE one (id INTEGER);\n",
  'a parameter': 'INSERT INTO chat VALUES (5, ?);\n',
}

export const cases: readonly Case[] = [
  { name: 'one file', after: [shop] },
  ...Object.entries(second).map(([name, sql]) => ({
    name,
    before: [shop],
    rows,
    after: [shop, step(2, 'second', sql), tags],
  })),
  { name: 'nothing that is pending', before: [shop, tags], rows, after: [shop, tags] },
  {
    name: 'a failing first file',
    after: [step(1, 'first', 'CREATE TABLE half (id INTEGER);\nSELECT missing;\n'), tags],
  },
  {
    name: 'numbers of other lengths',
    after: [
      step(10, 'ten', 'CREATE TABLE ten (id INTEGER);\n'),
      step(9, 'nine', 'CREATE TABLE nine (id INTEGER);\n'),
    ],
  },
  {
    name: 'a name with a quote',
    before: [shop],
    after: [shop, step(2, "it's", 'CREATE TABLE one (id INTEGER);\n')],
  },
  {
    name: 'a name that is not ASCII',
    before: [shop],
    after: [shop, step(2, 'größe_🎉', 'CREATE TABLE one (id INTEGER);\n')],
  },
  {
    name: 'a name with a blank',
    before: [shop],
    after: [shop, step(2, 'a b', 'CREATE TABLE one (id INTEGER);\n')],
  },
]

/** What a database notes does not fit the folder, in the ways that messages name. */
export const misfits: readonly (Case & { readonly kind: 'late' | 'unknown' | 'changed' })[] = [
  {
    name: 'a file that was merged late',
    kind: 'late',
    before: [shop, tags],
    rows,
    after: [
      shop,
      step(2, 'late', 'CREATE TABLE late (id INTEGER);\n'),
      tags,
      step(4, 'last', 'CREATE TABLE last (id INTEGER);\n'),
    ],
  },
  {
    name: 'a file that is gone',
    kind: 'unknown',
    before: [shop, step(2, 'gone', 'CREATE TABLE gone (id INTEGER);\n')],
    rows,
    after: [shop, tags],
  },
  {
    name: 'a file that was renamed',
    kind: 'unknown',
    before: [shop, step(2, 'old_name', 'CREATE TABLE IF NOT EXISTS own (id INTEGER);\n')],
    rows,
    after: [shop, step(2, 'new_name', 'CREATE TABLE IF NOT EXISTS own (id INTEGER);\n'), tags],
  },
  {
    name: 'a file that was edited',
    kind: 'changed',
    before: [shop, step(2, 'own', 'CREATE TABLE own (id INTEGER);\n')],
    rows,
    after: [shop, step(2, 'own', 'CREATE TABLE own (id INTEGER, text TEXT);\n'), tags],
  },
]

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type ContractDeclaration,
  defineConfig,
  definePlan,
  freezeMissing,
  type Migration,
  type SnapshotDeclaration,
  type Suite,
  type TableDeclaration,
} from '../../src/index.ts'
import { latestVersionOf } from '../../src/migrator/plan.ts'
import { defaultSnapshots } from '../../src/snapshots/declaration.ts'

/**
 * The database of a forum, in five versions: a synthetic history of the shapes that histories have in the field. Tables
 * with every kind of key, a chain of references with their actions, a constraint with a name, an expiry, and files from
 * before the first version.
 */

/** As some tools write it, so that files from before versions are adopted. */
const members = `CREATE TABLE IF NOT EXISTS member (
    id INTEGER PRIMARY KEY,
    email TEXT NOT NULL COLLATE NOCASE UNIQUE,
    kind TEXT NOT NULL DEFAULT 'guest' CHECK (kind IN ('guest', 'member'))
  )`
const posts = `CREATE TABLE post (
    id TEXT PRIMARY KEY NOT NULL,
    member INTEGER NOT NULL,
    title TEXT NOT NULL,
    body TEXT,
    made_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    FOREIGN KEY (member) REFERENCES member (id) ON DELETE CASCADE
  );
  CREATE INDEX post_member ON post (member)`
const postsByTitle = 'CREATE INDEX post_title ON post (title, made_at DESC)'
const sessions = `CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    about TEXT
  );
  CREATE TABLE session (
    token TEXT PRIMARY KEY,
    member INTEGER REFERENCES member (id) ON DELETE SET NULL,
    expires_at INTEGER NOT NULL,
    note
  );
  CREATE INDEX session_expires_at ON session (expires_at)`
const topics = `CREATE TABLE topic (
    name TEXT PRIMARY KEY NOT NULL,
    post TEXT REFERENCES post (id) ON DELETE SET NULL,
    colour TEXT NOT NULL DEFAULT 'grey'
  );
  CREATE TABLE vote (
    topic TEXT NOT NULL,
    member INTEGER NOT NULL,
    stars INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT vote_on_topic FOREIGN KEY (topic) REFERENCES topic (name) ON DELETE CASCADE,
    PRIMARY KEY (topic, member)
  ) WITHOUT ROWID;
  CREATE INDEX topic_post ON topic (post)`

const steps: readonly (readonly [name: string, sql: string])[] = [
  ['members', members],
  ['posts', posts],
  ['posts by title', postsByTitle],
  ['sessions and events', sessions],
  ['topics and votes', topics],
]

const migrations = steps.map(
  ([name, sql], index): Migration => ({ version: index + 1, name, up: ({ exec }) => exec(sql) }),
)

const id = { type: 'INTEGER' } as const

const tables: readonly TableDeclaration[] = [
  {
    name: 'member',
    since: 1,
    columns: {
      id,
      email: { type: 'TEXT', notNull: true, collate: 'NOCASE', examples: ['ada@example.org'] },
      kind: { type: 'TEXT', notNull: true, default: "'guest'", values: ['guest', 'member'] },
    },
    key: ['id'],
    unique: [['email']],
    checks: [
      {
        sql: "kind IN ('guest', 'member')",
        holds: ({ kind }) => kind === null || kind === 'guest' || kind === 'member',
        refuses: [{ kind: 'Guest' }, { kind: '' }],
      },
    ],
  },
  {
    name: 'post',
    since: 2,
    columns: {
      id: { type: 'TEXT', notNull: true, examples: ['monday', 'tuesday'] },
      member: { type: 'INTEGER', notNull: true },
      title: { type: 'TEXT', notNull: true, examples: ['Hello', 'hello'] },
      body: { type: 'TEXT' },
      made_at: { type: 'DATETIME', notNull: true, default: 'CURRENT_TIMESTAMP', values: 'date-time' },
    },
    key: ['id'],
    foreignKeys: [{ columns: ['member'], parent: 'member', parentColumns: ['id'], onDelete: 'CASCADE' }],
    indexes: { post_member: ['member'], post_title: { columns: ['title', 'made_at DESC'], since: 3 } },
  },
  {
    name: 'session',
    since: 4,
    columns: {
      token: { type: 'TEXT', secret: true, examples: ['secret'] },
      member: id,
      expires_at: { type: 'INTEGER', notNull: true, values: 'seconds' },
      note: { type: '' },
    },
    key: ['token'],
    foreignKeys: [{ columns: ['member'], parent: 'member', parentColumns: ['id'], onDelete: 'SET NULL' }],
    indexes: { session_expires_at: ['expires_at'] },
    expiry: { column: 'expires_at', index: 'session_expires_at' },
  },
  {
    name: 'event',
    since: 4,
    columns: {
      id,
      kind: { type: 'TEXT', notNull: true, examples: ['join', 'leave'] },
      about: { type: 'TEXT' },
    },
    key: ['id'],
    autoincrement: true,
  },
  {
    name: 'topic',
    since: 5,
    columns: {
      name: { type: 'TEXT', notNull: true, examples: ['news', 'News'] },
      post: { type: 'TEXT' },
      colour: { type: 'TEXT', notNull: true, default: "'grey'", examples: ['grey', 'red'] },
    },
    key: ['name'],
    foreignKeys: [{ columns: ['post'], parent: 'post', parentColumns: ['id'], onDelete: 'SET NULL' }],
    indexes: { topic_post: ['post'] },
  },
  {
    name: 'vote',
    since: 5,
    columns: {
      topic: { type: 'TEXT', notNull: true },
      member: { type: 'INTEGER', notNull: true },
      stars: { type: 'INTEGER', notNull: true, default: '0' },
    },
    key: ['topic', 'member'],
    withoutRowid: true,
    foreignKeys: [{ columns: ['topic'], parent: 'topic', parentColumns: ['name'], onDelete: 'CASCADE' }],
  },
]

const contracts: readonly ContractDeclaration[] = [
  {
    name: 'the posts of a member',
    table: 'post',
    sql: 'SELECT id FROM post AS p WHERE p.member = ?',
    parameters: [1n],
    access: { index: 'post_member' },
  },
  {
    name: 'the topics of a post',
    table: 'topic',
    sql: 'SELECT name FROM topic WHERE post = ?',
    parameters: ['monday'],
    access: { index: 'topic_post' },
  },
]

/** A file of the first release, which kept no version. */
const unversioned: SnapshotDeclaration = {
  name: 'v0-unversioned',
  version: 0,
  form: 'unversioned',
  origin: 'the first release',
  releases: ['0.9'],
}
const unversionedRows = `INSERT INTO member (id, email, kind) VALUES
  (3, 'ada@example.org', 'member'), (9007199254740993, 'grace@example.org', 'guest');
`

/** The forum with its fixtures frozen in a folder: a snapshot of each version before the latest, and two of none. */
export function freezeForum(fixtures: string): Suite {
  const plan = definePlan(migrations)
  const snapshots = [...defaultSnapshots(plan), unversioned]
  const forum = defineConfig({ name: 'forum', migrations, fixtures, snapshots, tables, contracts })
  for (const [folder, text] of [
    ['schemas', `${members};\n`],
    ['rows', unversionedRows],
  ] as const) {
    mkdirSync(join(fixtures, folder))
    writeFileSync(join(fixtures, folder, `${unversioned.name}.sql`), text)
  }
  // The first run drafts what is not written, the second takes it as read.
  freezeMissing(forum)
  forgetNewestEvents(join(fixtures, 'rows', `v${latestVersionOf(plan) - 1}.sql`))
  const { failures } = freezeMissing(forum, { acceptDrafts: true })
  if (failures[0] !== undefined) throw failures[0]
  return forum
}

/** The last events were deleted: their numbers must not come again. A draft does not say so by itself. */
function forgetNewestEvents(rows: string): void {
  const text = readFileSync(rows, 'utf8')
  const edited = text.replace("('event', 2)", "('event', 40)")
  if (edited === text) throw new Error(`${rows} notes no highest number of event`)
  writeFileSync(rows, edited)
}

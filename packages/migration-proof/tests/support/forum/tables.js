// @ts-check
const id = { type: 'INTEGER' }

/** @type {readonly import('migration-proof').TableDeclaration[]} */
export const tables = [
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

/** @type {readonly import('migration-proof').ContractDeclaration[]} */
export const contracts = [
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

// Goal: a migration counts as text only where its source says all that it does.
import { describe, expect, it } from 'vitest'
import type { Migration } from '../../src/migrator/migration.ts'
import { sqlOf, upOf } from '../../src/migrator/sql-migration.ts'

const word = 'id'

const texts: Readonly<Record<string, Migration['up']>> = {
  'one text': (d) => d.exec('CREATE TABLE a (id INTEGER)'),
  'a text with quotes': (d) => d.exec("CREATE TABLE a (id TEXT DEFAULT 'it''s')"),
  'a template without a name': (d) => d.exec(`CREATE TABLE a (\`id\` INTEGER, cost TEXT DEFAULT '$')`),
  'several texts': (d) => {
    d.exec('CREATE TABLE a (id INTEGER)')
    d.exec('CREATE TABLE b (id INTEGER)')
  },
  'exec alone': ({ exec }) => exec('CREATE TABLE a (id INTEGER)'),
  'a function': function up(d) {
    d.exec('CREATE TABLE a (id INTEGER)')
  },
  'statements of a file': upOf(['CREATE TABLE a (id INTEGER)']),
}
const codes: Readonly<Record<string, Migration['up']>> = {
  'a name in a template': (d) => d.exec(`CREATE TABLE a (${word} INTEGER)`),
  'a name': (d) => d.exec(word),
  'texts that are joined': (d) => d.exec(['CREATE', word].join(' ')),
  'a condition': (d) => {
    if (d.all('SELECT 1').length > 0) d.exec('CREATE TABLE a (id INTEGER)')
  },
  'another object': () => console.table('CREATE'),
  'rows that are read': (d) => {
    d.all('SELECT 1')
  },
  'a bound function': ((d: { exec(sql: string): void }) => d.exec('SELECT 1')).bind(null),
}

describe('is text:', () => {
  it.for(Object.entries(texts))('%s', ([, up]) => expect(sqlOf({ up })).not.toBeNull())
})

describe('is code:', () => {
  it.for(Object.entries(codes))('%s', ([, up]) => expect(sqlOf({ up })).toBeNull())
})

it('statements of a file are those of the function alone', () => {
  const up = upOf(['CREATE TABLE a (id INTEGER)'])
  expect(sqlOf({ up: (d) => up(d) })).toBeNull()
  expect(sqlOf({ up })).not.toBe(sqlOf({ up: upOf(['CREATE TABLE b (id INTEGER)']) }))
})

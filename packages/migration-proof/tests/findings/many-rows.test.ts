// Goal: what a migration does to many rows and to values that programs get wrong is seen, each by one code about its table,
// and the same migration done well is silent. Every case was seen to fail without the rule.
import { describe, expect, it } from 'vitest'
import { findWeaknesses } from '../../src/findings/find-weaknesses.ts'
import { keyOfFinding } from '../../src/findings/finding.ts'
import type { DataChange, Migration } from '../../src/index.ts'
import { suiteOf, type Toy } from './toy-suite.ts'

const codes = [
  'fails-on-many-rows',
  'pasted-value',
  'column-swapped',
  'value-lost',
  'text-cut',
  'quadratic-time',
]

/** What `lint` reports by the codes of this file. */
function find(toy: Toy, isQuick = false): string[] {
  return findWeaknesses(suiteOf(toy), { isQuick })
    .problems.filter(({ code }) => codes.includes(code))
    .map(({ code, subject }) => `${code} of ${keyOfFinding(subject)}`)
}

function evidenceOf(toy: Toy): string {
  const found = findWeaknesses(suiteOf(toy)).problems.filter(({ code }) => codes.includes(code))
  return found
    .flatMap(({ evidence, fix }) => [...evidence.map(({ ran, happened }) => `${ran}: ${happened}`), fix])
    .join('\n')
}

const note = `CREATE TABLE note (id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT 'none', body TEXT, at TEXT);
  CREATE TABLE tag (id INTEGER PRIMARY KEY, note INTEGER NOT NULL REFERENCES note (id), word TEXT NOT NULL);`
const after = 'ALTER TABLE note ADD COLUMN slug TEXT;'
const slugs: readonly DataChange[] = [{ table: 'note', rowsAdded: true, reason: 'none' }]

/** A history of notes whose second migration is a function. */
function byFunction(up: Migration['up'], more: Partial<Toy> = {}): Toy {
  return { versions: [note, ''], last: { up }, ...more }
}

/** A history of notes whose second migration is SQL. */
function bySql(sql: string, dataChanges?: readonly DataChange[], first = note): Toy {
  return {
    versions: [first, sql],
    last: { foreignKeys: 'off', ...(dataChanges === undefined ? {} : { dataChanges }) },
  }
}

const eachSlug =
  (update: (text: string, id: unknown) => string): Migration['up'] =>
  ({ exec, all }) => {
    exec(after)
    for (const { id, title } of all('SELECT id, title FROM note')) exec(update(String(title), id))
  }

describe('a migration that fails on many rows', () => {
  it.for([
    ['one variable a row', (ids: readonly string[]) => `(${ids.map(() => '?').join(',')})`, true],
  ] as const)('binds %s', ([, list]) => {
    const up: Migration['up'] = ({ exec, all }) => {
      exec(after)
      const ids = all('SELECT id FROM note').map(({ id }) => id ?? null)
      all(`UPDATE note SET slug = 'a' WHERE id IN ${list(ids.map(String))}`, ids)
    }
    for (const isQuick of [false, true])
      expect(find(byFunction(up), isQuick)).toEqual(['fails-on-many-rows of migration v2'])
    expect(evidenceOf(byFunction(up))).toContain('too many SQL variables')
  })

  it.for([
    [
      'a chain of OR',
      ' OR ',
      (id: string) => `id = ${id}`,
      'UPDATE note SET slug = 1 WHERE ',
      /Expression tree/,
    ],
    [
      'a compound SELECT',
      ' UNION ALL ',
      (id: string) => `SELECT ${id}`,
      'CREATE TEMP TABLE t AS ',
      /terms in compound/,
    ],
  ] as const)('builds %s', ([, separator, part, begin, words]) => {
    const up: Migration['up'] = ({ exec, all }) => {
      exec(after)
      const parts = all('SELECT id FROM note').map(({ id }) => part(String(id)))
      if (parts.length > 0) exec(begin + parts.join(separator))
      exec('DROP TABLE IF EXISTS temp.t')
    }
    expect(find(byFunction(up), true)).toEqual(['fails-on-many-rows of migration v2'])
    expect(evidenceOf(byFunction(up))).toMatch(words)
  })

  it('calls itself for each row, where 1,000 are too few to fail', () => {
    const up: Migration['up'] = ({ exec, all }) => {
      exec(after)
      const sum = (rest: number): number => [rest].map((left) => (left === 0 ? 0 : 1 + sum(left - 1)))[0] ?? 0
      exec(`UPDATE note SET slug = ${sum(all('SELECT id FROM note').length)}`)
    }
    expect(find(byFunction(up))).toEqual(['fails-on-many-rows of migration v2'])
    expect(find(byFunction(up), true)).toEqual([])
  })

  it('binds more than 999 variables, which engines before 3.32 refuse, where the project supports them', () => {
    const up: Migration['up'] = ({ exec, all }) => {
      exec(after)
      const ids = all('SELECT id FROM note LIMIT 1000').map(({ id }) => id ?? null)
      all(`UPDATE note SET slug = 'a' WHERE id IN (${ids.map(() => '?').join(',')})`, ids)
    }
    expect(find(byFunction(up, { engine: '>=3.31' }))).toEqual(['fails-on-many-rows of migration v2'])
    expect(find(byFunction(up, { engine: '>=3.32' }))).toEqual([])
    expect(find(byFunction(up))).toEqual([])
  })

  it('is none where it works in batches, or where the table takes one row', () => {
    const batches: Migration['up'] = ({ exec, all }) => {
      exec(after)
      const ids = all('SELECT id FROM note').map(({ id }) => id ?? null)
      for (let start = 0; start < ids.length; start += 900) {
        const some = ids.slice(start, start + 900)
        all(`UPDATE note SET slug = 'a' WHERE id IN (${some.map(() => '?').join(',')})`, some)
      }
    }
    for (const isQuick of [false, true]) expect(find(byFunction(batches), isQuick)).toEqual([])
    const one = 'CREATE TABLE note (id INTEGER PRIMARY KEY CHECK (id = 1), title TEXT)'
    const all: Migration['up'] = (connection) => {
      const ids = connection.all('SELECT id FROM note').map(({ id }) => id ?? null)
      connection.all(`UPDATE note SET id = id WHERE id IN (${ids.map(() => '?').join(',')})`, ids)
    }
    expect(find({ versions: [one, ''], last: { up: all } })).toEqual([])
  })
})

describe('a value that is pasted into SQL', () => {
  it('is found where it fails, with the column and the value', () => {
    const toy = byFunction(eachSlug((text, id) => `UPDATE note SET slug = '${text}' WHERE id = ${id}`))
    expect(find(toy)).toEqual(['pasted-value of migration v2: note.title'])
    expect(evidenceOf(toy)).toContain("O'Neil")
  })

  it('is found where a rebuild changes it', () => {
    const toy = byFunction(({ exec, all }) => {
      const rows = all('SELECT id, title, body, at FROM note')
      exec('CREATE TABLE copy (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT, at TEXT)')
      for (const { id, title, body, at } of rows) {
        all('INSERT INTO copy VALUES (?, ?, NULL, ?)', [id ?? null, title ?? null, at ?? null])
        exec(`UPDATE copy SET body = '${String(body).replaceAll(/['\0]/g, '')}' WHERE id = ${id}`)
      }
      exec('DELETE FROM tag; DROP TABLE note; ALTER TABLE copy RENAME TO note')
    })
    expect(find(toy)).toContain('pasted-value of migration v2: note.body')
  })

  it.for([
    ['bound', null],
    ['a number', (_: string, id: unknown) => `UPDATE note SET slug = ${id} WHERE id = ${id}`],
    [
      'written as bytes',
      (text: string, id: unknown) =>
        `UPDATE note SET slug = CAST(x'${Buffer.from(text).toString('hex')}' AS TEXT) WHERE id = ${id}`,
    ],
  ] as const)('is no fault where it is %s', ([, update]) => {
    const bound: Migration['up'] = ({ exec, all }) => {
      exec(after)
      for (const { id, title } of all('SELECT id, title FROM note'))
        all('UPDATE note SET slug = ? WHERE id = ?', [title ?? null, id ?? null])
    }
    expect(find(byFunction(update === null ? bound : eachSlug(update)))).toEqual([])
  })
})

const rebuild = (columns: string, values: string, more = '') =>
  `CREATE TABLE copy (id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT 'none', body TEXT, at TEXT);
   INSERT INTO copy (${columns}) SELECT ${values} FROM note; ${more} DROP TABLE note; ALTER TABLE copy RENAME TO note;`

describe('a rebuild', () => {
  it.for([
    [
      'swaps two columns',
      'id, title, body, at',
      'id, title, at, body',
      'column-swapped of migration v2: note.body',
    ],
    ['leaves a column out', 'id, body, at', 'id, body, at', 'value-lost of migration v2: note.title'],
    [
      'leaves a nullable column out',
      'id, title, at',
      'id, title, at',
      'value-lost of migration v2: note.body',
    ],
    [
      'writes a constant',
      'id, title, body, at',
      "id, 'all', body, at",
      'value-lost of migration v2: note.title',
    ],
    [
      'copies a column twice',
      'id, title, body, at',
      'id, title, title, at',
      'column-swapped of migration v2: note.body',
    ],
  ] as const)('%s', ([, columns, values, expected]) => {
    expect(find(bySql(rebuild(columns, values)))).toContain(expected)
  })

  it('swaps two columns that hold 0 or 1', () => {
    const first =
      'CREATE TABLE note (id INTEGER PRIMARY KEY, is_read INTEGER NOT NULL DEFAULT 0 CHECK (is_read IN (0, 1)), is_new INTEGER NOT NULL DEFAULT 0 CHECK (is_new IN (0, 1)))'
    const copy = (values: string) => `${first.replace('note', 'copy')};
      INSERT INTO copy (id, is_read, is_new) SELECT ${values} FROM note; DROP TABLE note; ALTER TABLE copy RENAME TO note`
    expect(find(bySql(copy('id, is_new, is_read'), undefined, first))).toContain(
      'column-swapped of migration v2: note.is_read',
    )
    expect(find(bySql(copy('id, is_read, is_new'), undefined, first))).toEqual([])
  })

  it('may name its columns in another order, and change what is declared', () => {
    expect(find(bySql(rebuild('title, at, id, body', 'title, at, id, body')))).toEqual([])
    const changed = { table: 'note', columns: ['body', 'at'], reason: 'they were the wrong way round' }
    expect(find(bySql(rebuild('id, title, body, at', 'id, title, at, body'), [changed]))).toEqual([])
    const renamed = { table: 'note', renamedColumns: { title: 'body', body: 'title' }, reason: 'names' }
    expect(find(bySql(rebuild('id, title, body, at', 'id, body, title, at'), [renamed]))).not.toContain(
      'column-swapped of migration v2: note.title',
    )
  })
})

describe('a text that is cut', () => {
  const summary = (columns: DataChange['columns']) => [
    { table: 'note', ...(columns === undefined ? {} : { columns }), reason: 'shorter' },
  ]

  it.for([
    ['a rebuild', rebuild('id, title, body, at', 'id, title, substr(body, 1, 9000), at')],
    ['an UPDATE', 'UPDATE note SET body = substr(body, 1, 200)'],
    ['a format', "UPDATE note SET body = printf('%.50s', body)"],
  ] as const)('is found in %s', ([, sql]) => {
    expect(find(bySql(sql))).toEqual(['text-cut of migration v2: note.body'])
  })

  it('is found in a column that is declared to change, without a word of how', () => {
    const sql = 'UPDATE note SET body = substr(body, 1, 200)'
    expect(find(bySql(sql, summary(['body'])))).toEqual(['text-cut of migration v2: note.body'])
    expect(find(bySql(sql, summary({ body: 'substr(body, 1, 200)' })))).toEqual([])
    expect(find(bySql(sql, summary(undefined)))).toEqual([])
  })

  it('is found in a function, and no date is a text that is cut', () => {
    const up: Migration['up'] = ({ all }) => {
      for (const { id, body } of all('SELECT id, body FROM note'))
        all('UPDATE note SET body = ? WHERE id = ?', [
          body === null ? null : String(body).slice(0, 20_000),
          id ?? null,
        ])
    }
    expect(find(byFunction(up))).toEqual(['text-cut of migration v2: note.body'])
    const day = bySql('UPDATE note SET at = substr(at, 1, 10)', [
      { table: 'note', columns: ['at'], reason: 'days' },
    ])
    expect(find(day)).toEqual([])
  })

  it.for(['…', '...', ' [more]'])('is found where %s takes the place of the rest', (mark) => {
    const sql = `UPDATE note SET body = substr(body, 1, 80) || '${mark}' WHERE length(body) > 80`
    expect(find(bySql(sql, summary(['body'])))).toEqual(['text-cut of migration v2: note.body'])
    expect(
      find(bySql(`UPDATE note SET body = body || '${mark}' WHERE length(body) > 80`, summary(['body']))),
    ).toEqual([])
  })

  it('is none where all of it stays', () => {
    expect(find(bySql('UPDATE note SET body = substr(body, 1)'))).toEqual([])
  })
})

describe('time that grows with the square of the rows', () => {
  const correlated = `${after} UPDATE note SET slug = (SELECT word FROM tag WHERE tag.note = note.id);`

  it('is found in a correlated subquery, with the plan and the index that helps', () => {
    expect(find(bySql(correlated, slugs))).toEqual(['quadratic-time of migration v2: tag'])
    const evidence = evidenceOf(bySql(correlated))
    expect(evidence).toContain('scan of tag')
    expect(evidence).toMatch(/5,\d{3} rows, and 8\d,\d{3} rows/)
    expect(evidence).toContain('CREATE INDEX')
    expect(evidence).toContain('ON tag (note)')
    const indexed = bySql(`CREATE INDEX by_note ON tag (note); ${correlated}`)
    expect(find(indexed)).toEqual([])
  })

  it.for([
    [
      'a loop of statements',
      byFunction(({ exec, all }) => {
        exec(after)
        for (const { id } of all('SELECT id FROM note'))
          all('UPDATE note SET slug = ? WHERE title IN (SELECT word FROM tag WHERE note = ?)', [
            'a',
            id ?? null,
          ])
      }),
    ],
    [
      'a join on an expression',
      bySql(
        `${after} CREATE TABLE pair AS SELECT note.id, tag.word FROM note JOIN tag ON lower(note.title) = lower(tag.word)`,
      ),
    ],
    [
      'an outer join on an expression',
      bySql(
        `CREATE TABLE pair AS SELECT note.id, tag.word FROM note LEFT JOIN tag ON lower(note.title) = lower(tag.word)`,
      ),
    ],
    [
      'NOT EXISTS',
      bySql(
        `CREATE TABLE lone AS SELECT id FROM note WHERE NOT EXISTS (SELECT 1 FROM tag WHERE tag.note = note.id)`,
      ),
    ],
    [
      'a subquery of its own table',
      bySql(`${after} UPDATE note SET slug = (SELECT count(*) FROM note AS other WHERE other.at < note.at)`),
    ],
  ] as const)('is found in %s', ([, toy]) => {
    expect(find(toy)[0]).toMatch(/^quadratic-time of migration v2: (tag|note)$/)
  })

  it('is found in the search for the children of deleted rows, where no index serves it', () => {
    const first = `CREATE TABLE note (id INTEGER PRIMARY KEY, title TEXT);
      CREATE TABLE tag (id INTEGER PRIMARY KEY, of INTEGER REFERENCES note (id) ON DELETE CASCADE, word TEXT)`
    const gone: readonly DataChange[] = [
      { table: 'note', rowsRemoved: 'true', reason: 'all are gone' },
      { table: 'tag', reason: 'with them' },
    ]
    for (const sql of [
      'DELETE FROM note WHERE true',
      'DROP TABLE note; CREATE TABLE note (id INTEGER PRIMARY KEY)',
    ]) {
      const toy = (more: string): Toy => ({ versions: [first, more + sql], last: { dataChanges: gone } })
      expect(find(toy(''))).toEqual(['quadratic-time of migration v2: tag'])
      expect(evidenceOf(toy(''))).toContain(
        'Create an index before the statement: CREATE INDEX tag_by_of ON tag (of)',
      )
      expect(find(toy('CREATE INDEX by_note ON tag (of);'))).toEqual([])
    }
  })

  it('is found where a DELETE names the rows by a value', () => {
    const first = `CREATE TABLE note (id INTEGER PRIMARY KEY, state TEXT NOT NULL, old INTEGER NOT NULL);
      CREATE TABLE tag (id INTEGER PRIMARY KEY, note INTEGER NOT NULL REFERENCES note (id) ON DELETE CASCADE);`
    const gone = [
      { table: 'note', rowsRemoved: "old = 1 AND state = 'done'", reason: 'old' },
      { table: 'tag', reason: 'old' },
    ]
    const sql = "DELETE FROM note WHERE old = 1 AND state = 'done'"
    const toy = (more: string): Toy => ({ versions: [first, more + sql], last: { dataChanges: gone } })
    expect(find(toy(''))).toEqual(['quadratic-time of migration v2: tag'])
    expect(find(toy('CREATE INDEX by_note ON tag (note);'))).toEqual([])
  })

  it('is found in a trigger that reads a table for each row', () => {
    const first = (body: string) => `${note} CREATE TABLE total (id INTEGER PRIMARY KEY, notes INTEGER);
      CREATE TRIGGER counted AFTER UPDATE ON note BEGIN ${body}; END`
    const sql = 'UPDATE note SET title = title WHERE true'
    const slow = 'UPDATE total SET notes = (SELECT count(*) FROM tag WHERE word = new.title)'
    expect(find(bySql(sql, undefined, first(slow)))).toEqual(['quadratic-time of migration v2: tag'])
    expect(
      find(bySql(sql, undefined, first('UPDATE total SET notes = notes + 1 WHERE id = new.id'))),
    ).toEqual([])
  })

  it.for([
    [
      'an index serves it',
      `${after} CREATE INDEX by_title ON note (title); UPDATE note SET slug = (SELECT max(id) FROM note AS other WHERE other.title = note.title)`,
    ],
    [
      'SQLite makes an index of its own',
      `CREATE TABLE pair AS SELECT note.id, tag.word FROM note JOIN tag ON tag.note = note.id`,
    ],
    ['the subquery runs once', `${after} UPDATE note SET slug = 1 WHERE id NOT IN (SELECT note FROM tag)`],
    ['the subquery takes the highest', `${after} UPDATE note SET slug = (SELECT max(id) FROM tag)`],
    [
      'a window function numbers the rows',
      `CREATE TABLE ranked AS SELECT id, row_number() OVER (ORDER BY at) AS n FROM note`,
    ],
  ] as const)('is none where %s', ([, sql]) => {
    expect(find(bySql(sql))).toEqual([])
  })

  it('is none where rows of a tree are numbered among their siblings', () => {
    const leaf = 'CREATE TABLE leaf (id INTEGER PRIMARY KEY, up INTEGER REFERENCES leaf (id), n INTEGER);'
    const numbered = `UPDATE leaf SET n = (SELECT count(*) FROM leaf AS other WHERE other.up = leaf.up AND other.id < leaf.id)`
    expect(find(bySql(numbered, undefined, `${leaf} CREATE INDEX by_up ON leaf (up)`))).toEqual([])
    expect(find(bySql(numbered, undefined, leaf))).toEqual(['quadratic-time of migration v2: leaf'])
  })

  it('keeps no other failure unseen', () => {
    const both: Migration['up'] = ({ exec, all }) => {
      exec(`${after} UPDATE note SET slug = (SELECT word FROM tag WHERE tag.note = note.id)`)
      const terms = all('SELECT id FROM note').map(({ id }) => `id = ${id}`)
      exec(`UPDATE note SET slug = 'a' WHERE ${terms.join(' OR ') || 'true'}`)
    }
    expect(find(byFunction(both))).toEqual([
      'fails-on-many-rows of migration v2',
      'quadratic-time of migration v2: tag',
    ])
  })

  it('is looked for where triggers keep a full-text index', () => {
    const first = `${note} CREATE VIRTUAL TABLE search USING fts5 (title, content = 'note', content_rowid = 'id');
      CREATE TRIGGER added AFTER INSERT ON note BEGIN INSERT INTO search (rowid, title) VALUES (new.id, new.title); END;
      CREATE TRIGGER changed AFTER UPDATE ON note BEGIN
        INSERT INTO search (search, rowid, title) VALUES ('delete', old.id, old.title);
        INSERT INTO search (rowid, title) VALUES (new.id, new.title); END`
    expect(find(bySql("UPDATE note SET title = title || '.'", undefined, first))).toEqual([])
  })
})

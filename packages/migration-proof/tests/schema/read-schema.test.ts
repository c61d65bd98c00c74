/**
 * Goal: a schema is read whole, on any connection, with few statements, and without what SQLite makes for
 * itself.
 */
import Database from 'better-sqlite3'
import { describe, expect, it } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { findTable, listObjects, listUnparsed } from '../../src/schema/model.ts'
import { readSchema } from '../../src/schema/read.ts'
import { schemaOf, withDatabase } from './schema-of.ts'

const everything = `
  CREATE TABLE parent(id INTEGER PRIMARY KEY AUTOINCREMENT, code TEXT NOT NULL UNIQUE ON CONFLICT IGNORE);
  CREATE TABLE child(
    a TEXT NOT NULL COLLATE NOCASE DEFAULT 'x',
    b INTEGER CONSTRAINT positive CHECK (b > 0),
    c INTEGER GENERATED ALWAYS AS (b + 1) STORED,
    d REFERENCES parent,
    CONSTRAINT both PRIMARY KEY (b DESC, a),
    CONSTRAINT up FOREIGN KEY (b) REFERENCES parent(id) ON DELETE CASCADE ON UPDATE SET NULL
      DEFERRABLE INITIALLY DEFERRED
  ) STRICT, WITHOUT ROWID;
  `.replace('d REFERENCES', 'd INTEGER REFERENCES')

describe('a table', () => {
  const schema = schemaOf(everything)

  it('has its columns in order, with all that is declared of them', () => {
    const plain = {
      notNullConflict: null,
      default: null,
      generated: null,
      hidden: false,
      constraintNames: [],
    }
    expect(findTable(schema, 'CHILD')?.columns).toEqual([
      {
        ...plain,
        name: 'a',
        type: 'TEXT',
        notNull: true,
        default: `'x'`,
        keyPosition: 2,
        collation: 'NOCASE',
      },
      { ...plain, name: 'b', type: 'INTEGER', notNull: true, keyPosition: 1, collation: 'BINARY' },
      {
        ...plain,
        name: 'c',
        type: 'INTEGER',
        notNull: false,
        keyPosition: 0,
        collation: 'BINARY',
        generated: { storage: 'STORED', expression: 'b + 1' },
      },
      { ...plain, name: 'd', type: 'INTEGER', notNull: false, keyPosition: 0, collation: 'BINARY' },
    ])
  })

  it('has its options, checks and foreign keys', () => {
    expect(findTable(schema, 'child')).toMatchObject({
      strict: true,
      withoutRowid: true,
      module: null,
      isParsed: true,
      checks: [{ name: 'positive', expression: 'b > 0' }],
      foreignKeys: [
        { columns: ['d'], parent: 'parent', parentColumns: ['id'], onDelete: 'NO ACTION', deferrable: null },
        {
          name: 'up',
          columns: ['b'],
          parent: 'parent',
          parentColumns: ['id'],
          onDelete: 'CASCADE',
          onUpdate: 'SET NULL',
          match: null,
          deferrable: 'INITIALLY DEFERRED',
        },
      ],
    })
  })

  it('has its keys, and the automatic indexes behind them', () => {
    expect(findTable(schema, 'child')?.primaryKey).toEqual({
      constraintNames: ['both'],
      columns: [
        { column: 'b', expression: null, descending: true, collation: 'BINARY' },
        { column: 'a', expression: null, descending: false, collation: 'NOCASE' },
      ],
      isRowid: false,
      autoincrement: false,
      conflict: null,
    })
    expect(findTable(schema, 'parent')?.primaryKey).toMatchObject({ isRowid: true, autoincrement: true })
    expect(findTable(schema, 'parent')?.indexes).toMatchObject([
      { name: 'sqlite_autoindex_parent_1', origin: 'UNIQUE', unique: true, conflict: 'IGNORE' },
    ])
  })

  it.for([
    ['INTEGER PRIMARY KEY', true],
    ['INTEGER PRIMARY KEY DESC', false],
    ['INT PRIMARY KEY', false],
    ['integer NOT NULL PRIMARY KEY ASC', true],
  ] as const)('with %s: its key is the rowid: %s', ([column, isRowid]) => {
    expect(findTable(schemaOf(`CREATE TABLE t(id ${column})`), 't')?.primaryKey?.isRowid).toBe(isRowid)
  })
})

describe('a trigger', () => {
  it.for([
    ['DELETE ON t', 'BEFORE', 'DELETE', [], null],
    ['BEFORE INSERT ON t', 'BEFORE', 'INSERT', [], null],
    ['AFTER UPDATE ON t FOR EACH ROW', 'AFTER', 'UPDATE', [], null],
    ['INSTEAD OF UPDATE OF b, "A" ON v', 'INSTEAD OF', 'UPDATE', ['a', 'b'], null],
    [
      'AFTER INSERT ON t WHEN CASE new.a WHEN 1 THEN 1 END',
      'AFTER',
      'INSERT',
      [],
      'case new.a when 1 then 1 end',
    ],
    ['INSERT ON t WHEN new.begin > 0', 'BEFORE', 'INSERT', [], 'new.begin > 0'],
    ['INSERT ON t FOR EACH ROW WHEN (new."begin" > 0)', 'BEFORE', 'INSERT', [], 'new.begin > 0'],
  ] as const)('%s', ([header, timing, event, columns, when]) => {
    const schema = schemaOf(`CREATE TABLE t(a, b, "begin"); CREATE VIEW v AS SELECT a, b FROM t;
      CREATE TRIGGER g ${header} BEGIN SELECT CASE 1 WHEN 1 THEN 2 END; END`)
    const body = 'begin select case 1 when 1 then 2 end; end'
    expect(schema.triggers.get('g')).toMatchObject({ timing, event, columns, when, body })
  })
})

describe('an engine that takes GENERATED ALWAYS for a part of the type, as SQLite 3.35', () => {
  it.for([
    ['INTEGER', 'INTEGER GENERATED ALWAYS'],
    ['', 'GENERATED ALWAYS'],
  ] as const)('has a generated column of type %j', ([type, shown]) => {
    const schema = withDatabase(`CREATE TABLE t(a, b ${type} GENERATED ALWAYS AS (a))`, (connection) => {
      const all: typeof connection.all = (sql, parameters) =>
        connection.all(sql, parameters).map((row) => (row.name === 'b' ? { ...row, type: shown } : row))
      return readSchema({ ...connection, all })
    })
    expect(findTable(schema, 't')?.columns[1]?.type).toBe(type)
  })
})

describe('what SQLite makes for itself', () => {
  it('is left out: its own tables, and those behind virtual ones', () => {
    const schema = schemaOf(`${everything}
      CREATE INDEX i ON parent(code); INSERT INTO parent(code) VALUES ('x'); ANALYZE;
      CREATE VIRTUAL TABLE notes USING fts5(title); CREATE VIRTUAL TABLE places USING rtree(id, low, high);
      CREATE VIRTUAL TABLE old USING FTS4(body);
      CREATE TABLE notes_of_mine(x); CREATE TABLE sqliteish(x)`)
    expect(listObjects(schema).map(({ name }) => name)).toEqual([
      'parent',
      'child',
      'notes',
      'places',
      'old',
      'notes_of_mine',
      'sqliteish',
      'i',
    ])
  })

  it('is no obstacle when the module of a virtual table is not there', () => {
    const database = new Database(':memory:').unsafeMode()
    database.exec(`PRAGMA writable_schema = ON;
      INSERT INTO sqlite_master VALUES ('table', 'far', 'far', 0, 'CREATE VIRTUAL TABLE far USING nowhere(a)');
      PRAGMA writable_schema = RESET; CREATE TABLE near(a)`)
    const schema = readSchema(betterSqliteConnection(database))
    database.close()
    expect([...schema.tables.keys()]).toEqual(['far', 'near'])
    expect(findTable(schema, 'far')).toMatchObject({ module: 'nowhere(a)', columns: [] })
  })
})

describe('odd names', () => {
  it.for(['table', 'trigger', 'index', 'a b', 'a"b', `it's`, '日本', 'on', 'begin', 'using', 'as'])(
    '%s',
    (name) => {
      const quoted = `"${name.replaceAll('"', '""')}"`
      const other = `"x ${name.replaceAll('"', '""')}"`
      const schema = schemaOf(`CREATE TABLE ${quoted}(${quoted} TEXT CHECK (${quoted} > 0) UNIQUE, b);
      CREATE INDEX ${other} ON ${quoted}(${quoted} DESC) WHERE b > 0;
      CREATE TRIGGER ${quoted} AFTER UPDATE OF ${quoted} ON ${quoted} WHEN new.${quoted} > 0 BEGIN SELECT 1; END;
      CREATE VIEW ${other.replace('x', 'y')} AS SELECT ${quoted} FROM ${quoted}`)
      expect(listUnparsed(schema)).toEqual([])
      expect(findTable(schema, name)).toMatchObject({
        checks: [{ name: null }],
        columns: [{ name }, { name: 'b' }],
      })
      expect([...schema.indexes.values()]).toMatchObject([{ columns: [{ column: name }], where: 'b > 0' }])
      expect([...schema.triggers.values()]).toMatchObject([
        { name, table: name, timing: 'AFTER', event: 'UPDATE', body: 'begin select 1; end' },
      ])
      expect([...schema.views.values()][0]?.definition).toMatch(/^as select /)
    },
  )
})

describe('reading', () => {
  it('takes the same number of statements for one table and for many', () => {
    const many = Array.from({ length: 50 }, (_, id) => `CREATE TABLE t${id}(a PRIMARY KEY, b REFERENCES t0);`)
    const counts = [many.slice(0, 1), many].map((tables) =>
      withDatabase(tables.join(''), (connection) => {
        let count = 0
        const all: typeof connection.all = (sql, parameters) => {
          count += 1
          return connection.all(sql, parameters)
        }
        readSchema({ ...connection, all })
        return count
      }),
    )
    expect(counts[0]).toBeGreaterThan(0)
    expect(counts[1]).toBe(counts[0])
  })

  it('changes nothing, and works on a connection that may only read', () => {
    withDatabase(everything, (connection) => {
      const before = connection.all('SELECT total_changes() AS n, (SELECT count(*) FROM sqlite_master) AS m')
      connection.exec('PRAGMA query_only = ON')
      readSchema(connection)
      const after = connection.all('SELECT total_changes() AS n, (SELECT count(*) FROM sqlite_master) AS m')
      expect(after).toEqual(before)
    })
  })

  it('looks at the main database alone', () => {
    const schema = schemaOf(`CREATE TABLE t(a); CREATE TEMP TABLE t(b, c); ATTACH ':memory:' AS other;
      CREATE TABLE other.u(a)`)
    expect(listObjects(schema).map(({ name }) => name)).toEqual(['t'])
    expect(findTable(schema, 't')?.columns.map(({ name }) => name)).toEqual(['a'])
  })
})

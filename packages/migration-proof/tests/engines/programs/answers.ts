import {
  betterSqliteConnection,
  describeDriver,
  openFile,
  openImage,
  openMemory,
} from '../../../src/engines/better-sqlite3.ts'

/** Prints what the engine of the harness answers, whichever one it is: integers with an `n`, blobs in hexadecimal. */

const folder = process.argv[2] ?? ''

function attempt(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    const { name, code, message } = error as Error & { code?: string }
    return { name, code: code ?? null, message }
  }
}

const memory = openMemory()
const connection = betterSqliteConnection(memory)
connection.exec(`CREATE TABLE parent (id INTEGER PRIMARY KEY);
  CREATE TABLE t (a TEXT, b TEXT UNIQUE, c NOT NULL, d CHECK (d < 10), p REFERENCES parent, PRIMARY KEY (a, b));
  INSERT INTO t VALUES ('a', 'b' || char(0) || 'c', 9007199254740993, 1.5, NULL)`)
const rows = () => connection.all("SELECT *, x'00ff' AS e FROM t")

const answers = {
  rows: rows(),
  bound: connection.all('SELECT ? AS a, typeof(?) AS b, typeof(?) AS c', [7n, 2, new Uint8Array([1])]),
  errors: [
    'INSERT INTO t SELECT * FROM t',
    "INSERT INTO t VALUES ('x', 'b' || char(0) || 'c', 1, 1, NULL)",
    "INSERT INTO t VALUES ('x', 'x', NULL, 1, NULL)",
    "INSERT INTO t VALUES ('x', 'x', 1, 10, NULL)",
    "INSERT INTO t VALUES ('x', 'x', 1, 1, 7)",
    'INSERT INTO parent VALUES (1), (1)',
    "INSERT INTO parent VALUES ('x')",
    'SELECT nothing',
    'SELECT 1; SELECT 2',
    '-- nothing',
    'SELECT ?',
    'SELECT "text"',
  ].map((sql) => attempt(() => connection.all(sql))),
  tooMany: attempt(() => connection.all('SELECT 1', [1n])),
  comment: connection.all('SELECT 1 AS one; -- and no more'),
  transaction: ['BEGIN', 'INSERT INTO parent VALUES (1)', 'ROLLBACK'].map((sql) => {
    connection.exec(sql)
    return connection.inTransaction
  }),
  settings: ['foreign_keys', 'busy_timeout', 'journal_mode', 'trusted_schema'].map((name) =>
    connection.all(`PRAGMA ${name}`),
  ),
  writableSchema: attempt(() =>
    connection.exec("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'x'"),
  ),
  thrown: attempt(() => {
    memory.function('fails', { deterministic: true }, () => {
      throw new RangeError('on purpose')
    })
    return connection.all('SELECT fails()')
  }),
  image: (() => {
    const copy = openImage(memory.serialize())
    const read = betterSqliteConnection(copy).all('SELECT count(*) AS n FROM t')
    copy.close()
    copy.close()
    return read
  })(),
  files: [
    attempt(() => openFile(`${folder}/missing.db`, { fileMustExist: true })),
    attempt(() => openFile(`${folder}/missing.db`, { readonly: true })),
    attempt(() => openFile(`${folder}/100% of #1?.db`).exec('CREATE TABLE t (a)').close().open),
    attempt(() => openFile(`${folder}/100% of #1?.db`, { fileMustExist: true }).pragma('database_list')),
    attempt(() => openFile(`${folder}/100% of #1?.db`, { readonly: true }).exec('DROP TABLE t')),
  ],
}

const print = (_: string, value: unknown) => {
  if (typeof value === 'bigint') return `${value}n`
  return value instanceof Uint8Array || (value as { type?: string } | null)?.type === 'Buffer'
    ? Buffer.from((value as { data?: number[] }).data ?? (value as Uint8Array)).toString('hex')
    : value
}
console.log(JSON.stringify({ engine: describeDriver().name, answers }, print))

/** Uses of the package sqlite3, each with what its callback is given. */
import { createRequire } from 'node:module'

/** It is not installed: only its imitation is there. */
const driver = 'sqlite3'

export async function use(_, project) {
  const require = createRequire(new URL('package.json', `file://${project.folder}/`))
  const { Database, OPEN_CREATE, OPEN_READWRITE } = require(driver).verbose()
  const results = []
  const call = (name, ...given) =>
    new Promise((resolve) => {
      database[name](...given, function (error, ...values) {
        const { lastID, changes } = name === 'run' && error === null ? this : {}
        results.push([
          error === null ? null : [error.code, error.errno, error.message],
          lastID,
          changes,
          values,
        ])
        resolve()
      })
    })
  let database
  await new Promise((resolve, reject) => {
    database = new Database('app.db', OPEN_CREATE | OPEN_READWRITE, (error) =>
      error ? reject(error) : resolve(),
    )
  })
  await call('exec', 'CREATE TABLE note (id INTEGER PRIMARY KEY, value UNIQUE); CREATE TABLE other (id)')
  const insert = 'INSERT INTO note (value) VALUES (?)'
  for (const value of [
    1,
    1.5,
    2 ** 40,
    true,
    'text',
    null,
    undefined,
    new Date(5),
    Buffer.from([0, 1]),
    /x/,
    [7],
  ])
    await call('run', insert, value)
  await call('run', insert, [2])
  await call('run', 'CREATE TABLE fifth (id)', undefined)
  await call('run', 'INSERT INTO note (value) VALUES ($value)', { $value: 3 })
  await call('run', 'INSERT INTO note (value) VALUES ($value)', [4])
  await call('run', 'INSERT INTO note (value) VALUES (?1 || ?2)', { 1: 'a', 2: 'b' })
  await call('run', 'INSERT INTO note (value) VALUES ($value)', { value: 5 })
  await call('run', insert, [6, 7])
  await call('run', insert)
  await call('run', 'UPDATE note SET value = id + 1000 WHERE id < ?', 3)
  await call('run', 'CREATE TABLE third (id)')
  await call('all', 'SELECT id, value, typeof(value) AS type FROM note ORDER BY id')
  await call('all', 'SELECT id FROM note WHERE 0')
  await call('all', 'CREATE TABLE fourth (id)')
  await call('get', 'SELECT id FROM note ORDER BY id')
  await call('get', 'SELECT id FROM note WHERE 0')
  await call('get', 'INSERT INTO note (value) VALUES (?) RETURNING id', ['returned'])
  await call('all', 'SELECT 1 AS one; SELECT 2 AS two')
  await call('all', 'SELEC 1')
  await call('run', 'INSERT INTO missing VALUES (1)')
  const statement = database.prepare(insert)
  await new Promise((resolve) => statement.run('prepared', resolve))
  await new Promise((resolve) => statement.finalize(resolve))
  const each = []
  await new Promise((resolve) => {
    database.each(
      'SELECT id FROM note WHERE id < ?',
      3,
      (_, row) => each.push(row),
      (error, count) => {
        each.push(error, count)
        resolve()
      },
    )
  })
  results.push(each)
  await new Promise((resolve) => database.serialize(() => database.close(resolve)))
  return JSON.parse(JSON.stringify(results))
}

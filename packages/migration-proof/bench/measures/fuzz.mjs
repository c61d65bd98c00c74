// @ts-check
import { pathToFileURL } from 'node:url'
import Database from 'better-sqlite3'
import { betterSqliteConnection, migrate } from '../../dist/index.js'
import { bundleSource, plan } from '../support/forum.mjs'
import { interleave, median, ratioOf } from '../support/statistics.mjs'

const runsOfProperty = 240
const seed = 1

/**
 * Generated rows for every table, valid ones and invalid ones with their expected code, compared with a replay of the
 * statements of one such run, prepared, with the same refusals and no stack traces.
 *
 * @param {import('../support/options.mjs').Options} options
 */
export async function measureFuzz({ rounds }) {
  const parts = await loadParts()
  const log = record(parts)
  const runs = interleave(
    {
      property: () => ({ rowsPerSecond: explore(parts) }),
      replay: () => ({ rowsPerSecond: replay(log) }),
    },
    rounds,
  )
  const inserts = log.filter(({ sql }) => sql.startsWith('INSERT'))
  const rates = (name) => runs[name]?.map(({ rowsPerSecond }) => rowsPerSecond) ?? []
  return {
    propertyRowsPerSecond: median(rates('property')),
    replayRowsPerSecond: median(rates('replay')),
    shareRefused: inserts.filter(({ isRefused }) => isRefused).length / inserts.length,
    besideReplay: ratioOf(rates('property'), rates('replay')),
  }
}

/** The properties are TypeScript. */
async function loadParts() {
  const file = await bundleSource(
    'fuzz',
    `export { constraintsProperty, modelsOf, openFresh } from '../../src/behaviour/index.ts'
    export { default as suite } from '../../tests/support/forum/migration-proof.config.js'\n`,
  )
  return import(pathToFileURL(file).href)
}

function explore(parts, watch = (connection) => connection) {
  let rows = 0
  const counter = {
    watch: (connection) => {
      const watched = watch(connection)
      return {
        ...watched,
        all: (sql, parameters) => {
          if (sql.startsWith('INSERT')) rows++
          return watched.all(sql, parameters)
        },
        get inTransaction() {
          return connection.inTransaction
        },
      }
    },
  }
  const connection = parts.openFresh(parts.suite, undefined, counter)
  const models = parts.modelsOf(parts.suite.facts.tables).at(parts.suite.plan.migrations.length)
  const properties = models.map(({ name }) => parts.constraintsProperty(connection, models, name))
  const start = performance.now()
  for (const property of properties) {
    const { counterexample } = property.explore({ runs: runsOfProperty, seed })
    if (counterexample !== null) throw new Error(`A property does not hold: ${property.name}, seed ${seed}`)
  }
  const seconds = (performance.now() - start) / 1000
  connection.close()
  return rows / seconds
}

function record(parts) {
  const log = []
  explore(parts, (connection) => ({
    exec: (sql) => connection.exec(sql),
    openMemory: () => connection.openMemory(),
    close: () => connection.close(),
    all: (sql, parameters = []) => {
      const entry = { sql, parameters, isRefused: true }
      log.push(entry)
      const rows = connection.all(sql, parameters)
      entry.isRefused = false
      return rows
    },
  }))
  // The statements before it created the schema.
  return log.slice(log.findIndex(({ sql }) => sql.startsWith('SAVEPOINT')))
}

function replay(log) {
  const database = new Database(':memory:')
  database.pragma('foreign_keys = ON')
  migrate(betterSqliteConnection(database), plan)
  const prepared = new Map()
  // A statement that only reads rows is no part of an INSERT.
  const statements = log
    .filter(({ sql }) => /^(INSERT|DELETE|UPDATE|SAVEPOINT|ROLLBACK|RELEASE)/.test(sql))
    .map((entry) => {
      const statement = prepared.get(entry.sql) ?? database.prepare(entry.sql)
      prepared.set(entry.sql, statement)
      return { ...entry, statement }
    })
  const limit = Error.stackTraceLimit
  Error.stackTraceLimit = 0
  let rows = 0
  const start = performance.now()
  for (const { sql, statement, parameters, isRefused } of statements) {
    if (sql.startsWith('INSERT')) rows++
    let wasRefused = false
    try {
      if (statement.reader) statement.all(...parameters)
      else statement.run(...parameters)
    } catch {
      wasRefused = true
    }
    if (wasRefused !== isRefused) throw new Error(`The replay had another outcome: ${sql}`)
  }
  const seconds = (performance.now() - start) / 1000
  Error.stackTraceLimit = limit
  database.close()
  return rows / seconds
}

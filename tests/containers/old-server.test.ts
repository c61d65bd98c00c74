/**
 * Goal: a deploy can be rolled back. The server of the version before the latest finds a file that was upgraded, leaves
 * its version alone, and its statements do there what they do on a file of its own, on every engine; and the server of the
 * latest version then goes on with that file. What a version drops on purpose, the older server cannot have back.
 */

import { type Connection, type Contract, definePlan, factsAt, migrate, type SqlRow } from 'migration-proof'
import { describe, expect, it } from 'vitest'
import { latestVersion, migrations } from '../../src/migrations/index.ts'
import suite from '../../src/suite/index.ts'
import { compareVersions, loadEngines } from './support/engines.ts'
import { upgradeHere } from './support/upgrade-here.ts'

const oldVersion = latestVersion - 1
const old = suite.snapshots.findLast(({ version }) => version === oldVersion)?.name ?? ''
const oldPlan = definePlan(migrations.slice(0, oldVersion))
const left = factsAt(suite.facts, latestVersion).tables.map(({ name }) => name)
const contracts = factsAt(suite.facts, oldVersion).contracts.filter(({ table }) => left.includes(table))
const engines = await loadEngines()

/** Before 3.38 their INSERT is refused, on a file of its own as well: see src/suite/deviations.ts. */
const withoutUnixepoch = ['oauth_sessions', 'oauth_states']

describe.for(engines)('the server of the version before on $name, SQLite $sqlite', (engine) => {
  it('starts on the upgraded file, and changes nothing', () => {
    using file = engine.open(upgradeHere(old))
    const before = file.connection.all('SELECT * FROM schema_version')
    const { outcome, applied } = migrate(file.connection, oldPlan)
    expect({ outcome, applied }).toEqual({ outcome: 'unknown-version', applied: [] })
    expect(file.connection.all('SELECT * FROM schema_version')).toEqual(before)
  })

  it('does with every statement what it does on a file of its own, after which the newer server goes on', () => {
    using own = engine.open(upgradeHere(old, oldVersion))
    using upgraded = engine.open(upgradeHere(old))
    const expected = serve(own.connection)
    const actual = serve(upgraded.connection)
    expect(actual).toEqual(expected)
    const refused = compareVersions(engine.sqlite, '3.38') < 0 ? withoutUnixepoch : []
    const idle = actual.filter(({ effect }) => effect === 'no row' || effect.startsWith('SQLITE_'))
    expect(idle.filter(({ table }) => !refused.includes(table))).toEqual([])
    expect(migrate(upgraded.connection, definePlan(migrations))).toMatchObject({
      outcome: 'up-to-date',
      to: latestVersion,
    })
  })
})

interface Service {
  readonly name: string
  readonly table: string
  /** The rows that came, how many changed, or the code of the error. */
  readonly effect: string
}

/** Runs all statements of a server: first those that write, so that the others find something, deletes last. */
function serve(connection: Connection): Service[] {
  const startSeconds = Math.floor(Date.now() / 1000)
  const order = ['INSERT', 'UPDATE', 'SELECT', 'DELETE']
  const place = ({ sql }: Contract) => order.indexOf(sql.slice(0, 6))
  placeFreshEvent(connection)
  return [...contracts]
    .sort((left, right) => place(left) - place(right))
    .map((contract) => ({
      name: contract.name,
      table: contract.table,
      effect: run(connection, contract, startSeconds),
    }))
}

/** No fixture has an event of the last hours, and all have lost their first one. */
function placeFreshEvent(connection: Connection) {
  connection.exec(
    `INSERT INTO jetstream_activity (id, timestamp, operation, collection, did, status, event_json)
    VALUES (1, datetime('now'), 'create', 'app.bsky.feed.post', 'did:plc:a', 'processing', '{}')`,
  )
}

function run(connection: Connection, { sql, parameters }: Contract, startSeconds: number): string {
  try {
    const rows = connection.all(sql, parameters)
    if (sql.startsWith('SELECT')) return rows.length === 0 ? 'no row' : render(rows, startSeconds)
    const changes = connection.all('SELECT changes() AS changes')[0]?.changes
    return changes === 0n ? 'no row' : `${changes} changed`
  } catch (error) {
    return error instanceof Error && 'code' in error ? `${error.code}: ${error.message}` : String(error)
  }
}

/** A column that holds the time of its writing differs between two runs, and says no more than that. */
function render(rows: readonly SqlRow[], startSeconds: number): string {
  return JSON.stringify(rows, (_, value) => {
    const seconds = typeof value === 'bigint' ? Number(value) : Date.parse(`${value}Z`) / 1000
    if (seconds >= startSeconds && seconds <= Date.now() / 1000) return 'now'
    return typeof value === 'bigint' ? String(value) : value
  })
}

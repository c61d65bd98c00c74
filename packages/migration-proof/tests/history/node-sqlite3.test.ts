// Goal: a tool cannot distinguish the imitation of the package sqlite3 from the package: `node-sqlite3-results.json` is what
// version 5.1.7 gave for the same calls.
import { readFileSync } from 'node:fs'
import Database from 'better-sqlite3'
import { expect, it } from 'vitest'
import { betterSqliteConnection } from '../../src/engines/better-sqlite3.ts'
import { openBridge } from '../../src/history/bridge/open-bridge.ts'
import { packageFolder } from '../support/command-line.ts'

it('gives to each callback what the driver gives', () => {
  const database = new Database(':memory:')
  using bridge = openBridge({
    module: new URL('./tasks/node-sqlite3.mjs', import.meta.url),
    folder: packageFolder,
  })
  const expected: unknown = JSON.parse(
    readFileSync(new URL('./tasks/node-sqlite3-results.json', import.meta.url), 'utf8'),
  )
  expect(bridge.call('use', {}, betterSqliteConnection(database))).toEqual(expected)
  database.close()
})

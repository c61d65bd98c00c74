// @ts-check
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { betterSqliteConnection, migrate } from '../../dist/index.js'
import { plan } from './forum.mjs'

/**
 * The statements from version 2 to the latest, by version: what every contender runs.
 *
 * @returns {{ version: number, statements: string[] }[]}
 */
export function listStatements() {
  const connection = betterSqliteConnection(new Database(':memory:'))
  migrate(connection, plan, { target: 2 })
  /** @type {Map<number, string[]>} */
  const byVersion = new Map()
  migrate(connection, plan, {
    beforeStatement: ({ sql, version }) => {
      if (version === null || /^SELECT/i.test(sql)) return
      byVersion.set(version, [
        ...(byVersion.get(version) ?? []),
        sql.replace('VALUES (?)', `VALUES (${version})`),
      ])
    },
  })
  connection.close()
  return [...byVersion].map(([version, statements]) => ({ version, statements }))
}

/** The same as a script for the sqlite3 shell: each version in a transaction of its own. */
export function shellScript() {
  const versions = listStatements().map(({ statements }) =>
    ['BEGIN IMMEDIATE', ...statements, 'COMMIT'].join(';\n'),
  )
  return `PRAGMA foreign_keys = ON;\n${versions.join(';\n')};\n`
}

/**
 * Writes the statements where the peers read them, so that none spends time on finding them.
 *
 * @param {string} folder
 * @returns {string} the path
 */
export function writeStatements(folder) {
  const path = join(folder, 'statements.json')
  writeFileSync(path, JSON.stringify(listStatements()))
  return path
}

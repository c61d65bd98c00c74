// Goal: a migration that stores random numbers stores the same ones in every upgrade that is compared, however many migrations ran
// before it on the same connection, and others than another migration stores.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { verifySuite } from '../../src/checks/verify.ts'
import { defineConfig } from '../../src/proof/suite.ts'
import { freezeMissing } from '../../src/snapshots/freeze.ts'

const folder = mkdtempSync(join(tmpdir(), 'chance-'))
afterAll(() => rmSync(folder, { recursive: true }))

it('does not take the ids that two migrations draw for a difference of one upgrade from another', () => {
  const insert = (name: string) => `INSERT INTO setting VALUES (lower(hex(randomblob(16))), '${name}')`
  const statements = [
    'CREATE TABLE setting (id TEXT PRIMARY KEY, name TEXT)',
    insert('theme'),
    insert('language'),
    'CREATE INDEX setting_name ON setting (name)',
  ]
  const suite = defineConfig({
    name: 'settings',
    migrations: statements.map((sql, index) => ({
      version: index + 1,
      name: `step ${index + 1}`,
      up: (connection) => connection.exec(sql),
      ...(sql.startsWith('INSERT')
        ? { dataChanges: [{ table: 'setting', rowsAdded: true as const, reason: 'a setting' }] }
        : {}),
    })),
    fixtures: join(folder, 'fixtures'),
  })
  freezeMissing(suite)
  expect(freezeMissing(suite, { acceptDrafts: true }).failures).toEqual([])
  const problems = verifySuite(suite).flatMap(({ snapshot, checks }) =>
    checks.flatMap((check) =>
      check.problems.map(({ subject, actual }) => `${snapshot} ${check.check} ${subject.name}: ${actual}`),
    ),
  )
  expect(problems).toEqual([])
})

// Goal: nothing was forgotten when a table was declared. Facts and models are written by hand, apart from each
// other: here they are held against each other, and every table has statements that use it.

import { factsAt } from 'migration-proof'
import { modelsIn } from 'migration-proof/behaviour'
import { describe, expect, it } from 'vitest'
import { latestVersion } from '../../src/migrations/index.ts'
import { tableModels } from '../../src/suite/arbitraries/index.ts'
import suite from '../../src/suite/index.ts'
import { leastRows, PROMISED_ROWS } from '../support/property-budget.ts'

const versions = Array.from({ length: latestVersion }, (_, place) => place + 1)

describe.for(versions)('facts and models of v%i', (version) => {
  const { tables } = factsAt(suite.facts, version)
  const models = modelsIn(version, tableModels)

  it('tell of the same tables', () => {
    expect(models.map(({ name }) => name)).toEqual(tables.map(({ name }) => name))
  })

  it('tell of the same columns, with the same types, keys and NULLs', () => {
    const declared = models.map(({ name, columns, key }) => [
      name,
      Object.entries(columns).map(([column, { affinity, nullable }]) => ({
        column,
        affinity,
        nullable,
        key: key.indexOf(column) + 1,
      })),
    ])
    const written = tables.map(({ name, columns }) => [
      name,
      columns.map(({ name: column, type, notNull, key = 0 }) => ({
        column,
        affinity: type,
        nullable: !notNull,
        key,
      })),
    ])
    expect(declared).toEqual(written)
  })

  it('tell of the same indexes, references, checks and expiries', () => {
    const declared = models.map(({ name, indexes, references, checks, expiry, rowNumbers }) => ({
      name,
      indexes: indexes.map(({ name: index, order }) => [index, order]),
      references: references.map(({ orphans: _, ...reference }) => reference),
      checks: checks.map(({ label }) => label),
      expiry: expiry && [expiry.column, expiry.index],
      autoincrement: rowNumbers === 'never reused',
    }))
    const written = tables.map(({ name, indexes, foreignKeys, checks, expiry, autoincrement = false }) => ({
      name,
      indexes: indexes.map(({ name: index, columns }) => [index, columns]),
      references: foreignKeys,
      checks,
      expiry: expiry && [expiry.column, expiry.index],
      autoincrement,
    }))
    expect(declared).toEqual(written)
  })

  it('tell of a statement for every table but that of the versions', () => {
    const used = new Set(
      suite.facts.contracts.filter(({ since }) => since <= version).map(({ table }) => table),
    )
    expect(tables.map(({ name }) => name).filter((name) => !used.has(name))).toEqual(['schema_version'])
  })
})

describe('the generated rows', () => {
  it('are as many as promised', () => {
    const rows = Object.values(leastRows).reduce((sum, least) => sum + least, 0)
    expect(rows).toBeGreaterThanOrEqual(PROMISED_ROWS)
  })
})

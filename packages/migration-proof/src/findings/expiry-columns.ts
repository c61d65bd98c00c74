import { factsAt } from '../proof/facts-at.ts'
import type { Column, Table } from '../schema/model.ts'
import { foldName } from '../sql/names.ts'
import type { FindingsSubject } from './subject.ts'

/** A column that says when its row ends. */
export interface ExpiryColumn {
  readonly table: Table
  readonly column: Column
}

/**
 * The columns that hold an expiry: those that the facts name, and all of a name such as `expires_at`, `expiry`
 * or `valid_until`. A duration such as `expiration` is none.
 */
export function expiryColumns({ tables, suite }: FindingsSubject): ExpiryColumn[] {
  const declared = factsAt(suite.facts, suite.plan.migrations.length).tables.map(
    ({ name, expiry }) => `${foldName(name)}.${foldName(expiry?.column ?? '')}`,
  )
  return tables.flatMap((table) =>
    table.columns
      .filter(
        ({ name }) =>
          /(^|_)(expires|expires_?(at|on)|expiry|valid_until|expiry_?(at|time))$/i.test(name) ||
          declared.includes(`${foldName(table.name)}.${foldName(name)}`),
      )
      .map((column) => ({ table, column })),
  )
}

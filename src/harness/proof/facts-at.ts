import type { ColumnFacts, Contract, Facts, ForeignKeyFacts, Lifetime, TableFacts } from './facts.ts'

/** A foreign key as parent and child. */
export interface Edge extends ForeignKeyFacts {
  readonly child: string
}

/** What the facts say of one version. */
export interface FactsAtVersion {
  readonly tables: readonly TableFacts[]
  readonly contracts: readonly Contract[]
}

/** Picks what exists at a version: tables, and in them columns and indexes, and contracts. */
export function factsAt(facts: Facts, version: number): FactsAtVersion {
  const exists = isAliveAt(version)
  return {
    tables: facts.tables.filter(exists).map((table) => ({
      ...table,
      columns: table.columns.filter((column) => exists(withSince(column))),
      indexes: table.indexes.filter(exists),
    })),
    contracts: facts.contracts.filter(exists),
  }
}

/** Every foreign key of a version. */
export function edgesAt(facts: Facts, version: number): Edge[] {
  return factsAt(facts, version).tables.flatMap(({ name, foreignKeys }) =>
    foreignKeys.map((foreignKey) => ({ ...foreignKey, child: name })),
  )
}

function isAliveAt(version: number) {
  return ({ since, until = Number.POSITIVE_INFINITY }: Lifetime) => since <= version && version < until
}

/** A column that names no version is as old as its table. */
function withSince({ since = 0, ...lifetime }: ColumnFacts): Lifetime {
  return { since, ...lifetime }
}

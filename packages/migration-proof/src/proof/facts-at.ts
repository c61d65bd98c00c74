import {
  type Contract,
  existsIn,
  type Facts,
  type ForeignKeyFacts,
  type Lifetime,
  type TableFacts,
} from './facts.ts'

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
  const exists = (lifetime: Partial<Lifetime>) => existsIn(version, lifetime)
  return {
    tables: facts.tables.filter(exists).map((table) => ({
      ...table,
      columns: table.columns.filter(exists),
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

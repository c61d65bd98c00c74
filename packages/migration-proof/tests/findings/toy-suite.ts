import { defineConfig, type Facts, type Migration, type Suite } from '../../src/index.ts'
import type { RunnerRules } from '../../src/migrator/plan.ts'
import type { Replication } from '../../src/proof/replication.ts'
import type { OldestEngine } from '../../src/proof/suite.ts'

/** What each version executes, and what is declared beside it. */
export interface Toy {
  readonly versions: readonly string[]
  /** Given to the last version. */
  readonly last?: Partial<Pick<Migration, 'up' | 'foreignKeys' | 'dataChanges'>>
  readonly facts?: Partial<Facts>
  readonly waivers?: Suite['waivers']
  readonly snapshots?: Suite['snapshots']
  readonly fixtures?: string
  readonly engine?: OldestEngine
  readonly connection?: Suite['connection']
  readonly replication?: Replication
  /** Rows by the name of the snapshot that is frozen with them; nothing is frozen without. */
  readonly rows?: Readonly<Record<string, string>>
  readonly runner?: RunnerRules
}

/** A suite of synthetic migrations. */
export function suiteOf({ versions, last = {}, facts = {}, fixtures = '/nowhere', ...rest }: Toy): Suite {
  const suite = defineConfig({
    name: 'toy',
    migrations: versions.map((sql, place) => ({
      version: place + 1,
      name: `step ${place + 1}`,
      up: (connection) => connection.exec(sql),
      ...(place === versions.length - 1 ? last : {}),
    })),
    fixtures,
    ...rest,
  })
  return { ...suite, facts: { ...suite.facts, ...facts } }
}

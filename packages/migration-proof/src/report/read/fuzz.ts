import { createRowCounter, openFresh } from '../../behaviour/databases.ts'
import { modelsOf } from '../../behaviour/models.ts'
import { constraintsProperty } from '../../behaviour/properties/constraints.ts'
import { latestVersionOf } from '../../migrator/plan.ts'
import type { Problem } from '../../problem.ts'
import type { Suite } from '../../proof/suite.ts'
import type { FuzzResults } from '../model.ts'

export interface FuzzOptions {
  readonly seed: number
  /** How many random sets of rows each table gets. */
  readonly runs: number
  /** The command that tries one property again. */
  readonly repeat: (property: string, seed: number) => string
  /** Called before each table. */
  readonly onTable?: (table: string) => void
}

/** Throws random rows, right and wrong ones, at every table of a new database, and compares with what is declared of it. */
export function fuzzTables(suite: Suite, options: FuzzOptions): FuzzResults {
  const { seed, runs, repeat, onTable = () => {} } = options
  const start = performance.now()
  const version = latestVersionOf(suite.plan)
  const counter = createRowCounter()
  const connection = openFresh(suite, version, counter)
  try {
    const own = modelsOf(suite.facts.tables).at(version)
    const problems: Problem[] = []
    const properties = own.map(({ name: table }) => {
      onTable(table)
      const startOfProperty = performance.now()
      const rowsBefore = counter.rows
      const { name, explore } = constraintsProperty(connection, own, table)
      const { runs: tried, counterexample } = explore({ runs, seed })
      for (const failure of counterexample?.failures ?? [])
        problems.push({
          ...failure,
          code: 'behaviour',
          seenIn: [name],
          why: 'The table does something else with a row than was declared.',
          fix: repeat(name, seed),
        })
      return {
        name,
        seed,
        runs: tried,
        rows: counter.rows - rowsBefore,
        outcome: counterexample === null ? ('passed' as const) : ('failed' as const),
        repeat: repeat(name, seed),
        durationMilliseconds: performance.now() - startOfProperty,
      }
    })
    return {
      outcome: properties.every(({ outcome }) => outcome === 'passed') ? 'passed' : 'failed',
      durationMilliseconds: performance.now() - start,
      limitedTo: null,
      version,
      rows: counter.rows,
      properties,
      problems,
    }
  } finally {
    connection.close()
  }
}

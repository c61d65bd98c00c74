import { after, describe, it } from 'node:test'
import type { Suite } from '../proof/suite.ts'
import { defineTests } from './define-tests.ts'
import { failureOf } from './failure.ts'
import { listTests, makeProver } from './list-tests.ts'
import { bytesOf, type TestDatabase } from './matchers.ts'
import type { DescribeOptions, Outcome } from './model.ts'

export type { TestDatabase } from './matchers.ts'
export type { DescribeOptions, PartName } from './model.ts'

/**
 * Defines a test of `node:test` for each thing that the upgrades of a config must prove; `--test-name-pattern` filters them.
 *
 * @param config what `defineConfig` returns; or the path of its file from that of the test, by default the nearest
 * `migration-proof.config.…` upwards, which another process loads
 * @throws {DiagnosedError} when the config cannot be loaded
 *
 * @example
 * ```js
 * import { describeUpgrades } from 'migration-proof/node-test'
 *
 * describeUpgrades()
 * ```
 */
export function describeUpgrades(config?: Suite | string | URL, options: DescribeOptions = {}): void {
  defineTests(
    {
      describe: (name, define) => void describe(name, define),
      it: (name, run) => void it(name, run),
      afterAll: (run) => after(run),
      showsDifference: false,
    },
    listTests(config, options),
  )
}

/** Assertions of a config, which throw an AssertionError. */
export interface UpgradeAssertions {
  /** The database has the golden schema of a version, by default of the latest, and nothing else. */
  matchesGoldenSchema(database: TestDatabase, version?: number): void
  /** The database has every row and value of one from before; what `dataChanges` declare may differ. */
  keepsRows(database: TestDatabase, before: TestDatabase): void
}

/**
 * What the matchers of the other test runners prove, as assertions.
 *
 * @param config as for `describeUpgrades`
 *
 * @example
 * ```js
 * import { upgradeAssertions } from 'migration-proof/node-test'
 *
 * const { matchesGoldenSchema } = upgradeAssertions()
 * matchesGoldenSchema(database)
 * ```
 */
export function upgradeAssertions(config?: Suite | string | URL): UpgradeAssertions {
  const prove = makeProver(config)
  const require = ({ problems }: Outcome) => {
    if (problems.length > 0) throw failureOf(problems, false)
  }
  return {
    matchesGoldenSchema: (database, version) =>
      require(prove({ database: bytesOf(database), version: version ?? null })),
    keepsRows: (database, before) => require(prove({ database: bytesOf(database), before: bytesOf(before) })),
  }
}

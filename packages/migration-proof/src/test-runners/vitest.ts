import { afterAll, describe, it } from 'vitest'
import type { Suite } from '../proof/suite.ts'
import { defineTests } from './define-tests.ts'
import { listTests, makeProver } from './list-tests.ts'
import { matchersOf, type TestDatabase, type UpgradeMatchers } from './matchers.ts'
import type { DescribeOptions } from './model.ts'

export type { TestDatabase, UpgradeMatchers } from './matchers.ts'
export type { DescribeOptions, PartName } from './model.ts'

/**
 * Defines a Vitest test for each thing that the upgrades of a config must prove: each fixture, each check on each snapshot, each
 * example of a data change, and what the declared tables and statements do. `-t` filters them; nothing is opened for those that are
 * left out.
 *
 * @param config what `defineConfig` returns; or the path of its file from that of the test, by default the nearest
 * `migration-proof.config.…` upwards, which another process loads
 * @throws {DiagnosedError} when the config cannot be loaded
 *
 * @example
 * ```js
 * import { describeUpgrades } from 'migration-proof/vitest'
 * import config from '../migration-proof.config.mjs'
 *
 * describeUpgrades(config)
 * ```
 */
export function describeUpgrades(config?: Suite | string | URL, options: DescribeOptions = {}): void {
  defineTests(
    {
      describe: (name, define) => void describe(name, define),
      it: (name, run, limitMilliseconds) => it(name, run, limitMilliseconds),
      afterAll: (run) => afterAll(run),
      showsDifference: true,
    },
    listTests(config, options),
  )
}

/**
 * Matchers for `expect.extend`: `toMatchGoldenSchema` and `toKeepRows`.
 *
 * @param config as for `describeUpgrades`
 *
 * @example
 * ```js
 * import { expect } from 'vitest'
 * import { upgradeMatchers } from 'migration-proof/vitest'
 * import config from '../migration-proof.config.mjs'
 *
 * expect.extend(upgradeMatchers(config))
 * expect(database).toMatchGoldenSchema()
 * ```
 */
export function upgradeMatchers(config?: Suite | string | URL): UpgradeMatchers {
  return matchersOf(makeProver(config))
}

declare module 'vitest' {
  // biome-ignore lint/suspicious/noExplicitAny: what it is merged with has this parameter.
  interface Matchers<T = any> {
    /** The database has the golden schema of a version, by default of the latest, and nothing else. */
    toMatchGoldenSchema(version?: number): T
    /** The database has every row and value of one from before; what `dataChanges` declare may differ. */
    toKeepRows(before: TestDatabase): T
  }
}

import { afterAll, describe, it } from '@jest/globals'
import type { UpgradeMatchers } from './matchers.ts'
import type { DescribeOptions } from './model.ts'
import { remoteEntry } from './remote-tests.ts'

export type { UpgradeMatchers } from './matchers.ts'
export type { DescribeOptions, PartName } from './model.ts'

const entry = remoteEntry({ describe, it, afterAll, showsDifference: true })

/**
 * Defines a Jest test for each thing that the upgrades of a config must prove; `-t` filters them. The config is loaded and proven by
 * a process of its own: Jest need not be set up for modules or TypeScript.
 *
 * @param config the path of its file, from that of the test; defaults to the nearest `migration-proof.config.…` upwards
 * @throws {Error} when the config cannot be loaded
 *
 * @example
 * ```js
 * const { describeUpgrades } = require('migration-proof/jest')
 *
 * describeUpgrades()
 * ```
 */
export const describeUpgrades: (config?: string | URL, options?: DescribeOptions) => void =
  entry.describeUpgrades

/**
 * Matchers for `expect.extend`: `toMatchGoldenSchema` and `toKeepRows`.
 *
 * @param config the path of its file, from that of the test; defaults to the nearest `migration-proof.config.…` upwards
 *
 * @example
 * ```js
 * const { upgradeMatchers } = require('migration-proof/jest')
 *
 * expect.extend(upgradeMatchers())
 * expect(database).toMatchGoldenSchema()
 * ```
 */
export const upgradeMatchers: (config?: string | URL) => UpgradeMatchers = entry.upgradeMatchers

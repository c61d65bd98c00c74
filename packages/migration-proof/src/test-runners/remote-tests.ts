import { defineTests } from './define-tests.ts'
import { matchersOf, type UpgradeMatchers } from './matchers.ts'
import type { DescribeOptions, TestRunner } from './model.ts'
import { listTestsOfFile, matchRemotely, requirePath } from './remote.ts'

/** The functions of an entry whose test runner cannot load the harness itself: another process does all that they ask. */
export function remoteEntry(runner: TestRunner) {
  return {
    describeUpgrades: (config?: string | URL, options: DescribeOptions = {}): void =>
      defineTests(runner, listTestsOfFile(requirePath(config), options)),
    upgradeMatchers: (config?: string | URL): UpgradeMatchers =>
      matchersOf(matchRemotely(requirePath(config))),
  }
}
